"""The peers that live in Python: reads one JSON request from argv, prints one JSON answer with samples and results.

Threads are limited by the environment that the caller sets (and, for faiss, by its own setting).
"""
import ctypes
import json
import os
import re
import sys
import time

try:
    import numpy as np
except ImportError:
    np = None
try:
    import scipy
    import scipy.sparse
except ImportError:
    scipy = None
try:
    import faiss
except ImportError:
    faiss = None


def about(_):
    versions = {"python": sys.version.split()[0]}
    if np is not None:
        versions["numpy"] = np.__version__
        versions["blas"] = blas()
    if scipy is not None:
        versions["scipy"] = scipy.__version__
    if faiss is not None:
        versions["faiss"] = faiss.__version__
    return versions


def blas():
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (TypeError, KeyError):  # numpy before 1.26 only prints it
        return "unknown"
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def kernel(task):
    """Which kernels computed, and on how many threads: what the loaded libraries say of themselves."""
    said = [openblas(path) for path in loaded("openblas")]
    if "faiss" in task and faiss is not None:
        said.append(f"faiss {faiss.get_compile_options().split()[-1]} {faiss.omp_get_max_threads()} thread(s)")
    return ", ".join(dict.fromkeys(each for each in said if each))


def loaded(part):
    """Paths of the shared libraries of this process whose name contains the text; none where /proc is not there."""
    try:
        with open("/proc/self/maps", encoding="utf8") as maps:
            paths = {line.split(maxsplit=5)[-1].strip() for line in maps if part in line.lower()}
    except OSError:
        return []
    return sorted(path for path in paths if re.search(r"\.(so|dylib)(\.|$)", path))


def openblas(path):
    """Each distribution gives OpenBLAS's functions another prefix and suffix."""
    library = ctypes.CDLL(path)
    for prefix in ("scipy_openblas", "openblas"):
        for suffix in ("64_", "_64", ""):
            try:
                core = getattr(library, f"{prefix}_get_corename{suffix}")
                threads = getattr(library, f"{prefix}_get_num_threads{suffix}")
            except AttributeError:
                continue
            core.restype = ctypes.c_char_p
            return f"OpenBLAS {core().decode()} {threads()} thread(s)"
    return None


def timed(request, run):
    """The last result, and seconds a call: at least 7 calls (fewer where one takes long), more while time allows."""
    result = run()
    start = time.perf_counter()
    result = run()
    first = time.perf_counter() - start
    least = 1 if first > 20 else 3 if request["quick"] or first > 5 else 7
    longest = 0.2 if request["quick"] else 4
    samples = [first]
    while len(samples) < least or sum(samples) < longest:
        start = time.perf_counter()
        result = run()
        samples.append(time.perf_counter() - start)
        if len(samples) >= 10000:
            break
    return result, samples


def read(request, name, dtype):
    return np.fromfile(os.path.join(request["folder"], name), dtype=dtype)


def vectors(request, name):
    return read(request, name, np.float32).reshape(-1, request["dim"])


def best_of(scores, k):
    """Each row's k best columns, best first, and their scores."""
    unordered = np.argpartition(scores, scores.shape[1] - k, axis=1)[:, -k:]
    values = np.take_along_axis(scores, unordered, axis=1)
    order = np.argsort(-values, axis=1)
    return np.take_along_axis(unordered, order, axis=1), np.take_along_axis(values, order, axis=1)


def found(samples, positions, scores):
    return {
        "samples": samples,
        "positions": np.asarray(positions).ravel().tolist(),
        "scores": np.asarray(scores, dtype=np.float64).ravel().tolist(),
    }


def query_numpy(request):
    rows, queries = vectors(request, request["rows"]), vectors(request, request["queries"])
    k, turn = request["k"], [0]

    def one(query):
        scores = rows @ query
        best = np.argpartition(scores, scores.shape[0] - k)[-k:]
        best = best[np.argsort(-scores[best])]
        return best, scores[best]

    def run():
        turn[0] = (turn[0] + 1) % len(queries)
        return one(queries[turn[0]])

    answers = [one(query) for query in queries[: request["checked"]]]
    _, samples = timed(request, run)
    return found(samples, [each[0] for each in answers], [each[1] for each in answers])


def flat_index(request):
    faiss.omp_set_num_threads(request["threads"])
    index = faiss.IndexFlatIP(request["dim"])
    index.add(vectors(request, request["rows"]))
    return index, vectors(request, request["queries"])


def query_faiss(request):
    index, queries = flat_index(request)
    turn = [0]

    def run():
        turn[0] = (turn[0] + 1) % len(queries)
        return index.search(queries[turn[0] : turn[0] + 1], request["k"])

    scores, positions = index.search(queries[: request["checked"]], request["k"])
    _, samples = timed(request, run)
    return found(samples, positions, scores)


# Cells of a product that are selected from at once: more would be memory for nothing.
BLOCK_CELLS = 1 << 27


def batch_numpy(request):
    rows, queries = vectors(request, request["rows"]), vectors(request, request["queries"])
    block = max(1, BLOCK_CELLS // len(rows))

    def run():
        parts = [best_of(queries[at : at + block] @ rows.T, request["k"]) for at in range(0, len(queries), block)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    (positions, scores), samples = timed(request, run)
    return found(samples, positions[: request["checked"]], scores[: request["checked"]])


def batch_product(request):
    """The product alone: nothing is selected from it, so only its cells can be checked."""
    rows, queries = vectors(request, request["rows"]), vectors(request, request["queries"])
    block = max(1, BLOCK_CELLS // len(rows))
    out = np.empty((min(block, len(queries)), len(rows)), dtype=np.float32)

    def run():
        for at in range(0, len(queries), block):
            some = queries[at : at + block]
            np.matmul(some, rows.T, out=out[: len(some)])

    _, samples = timed(request, run)
    positions, scores = best_of(queries[: request["checked"]] @ rows.T, request["k"])
    return found(samples, positions, scores)


def batch_faiss(request):
    index, queries = flat_index(request)
    (scores, positions), samples = timed(request, lambda: index.search(queries, request["k"]))
    return found(samples, positions[: request["checked"]], scores[: request["checked"]])


# Rows of a neighbour graph whose products with all rows are held at once.
GRAPH_BLOCK = 1024


def graph_numpy(request):
    rows, k = vectors(request, request["rows"]), request["k"]

    def run():
        positions, scores = np.empty((len(rows), k), np.int64), np.empty((len(rows), k), np.float32)
        for at in range(0, len(rows), GRAPH_BLOCK):
            product = rows[at : at + GRAPH_BLOCK] @ rows.T
            own = np.arange(len(product))
            product[own, at + own] = -np.inf
            positions[at : at + len(product)], scores[at : at + len(product)] = best_of(product, k)
        return positions, scores

    (positions, scores), samples = timed(request, run)
    checked = request["checkedRows"]
    return found(samples, positions[checked], scores[checked])


def graph_faiss(request):
    """k + 1 neighbours of every row; the row itself is left out when the answer is read."""
    faiss.omp_set_num_threads(request["threads"])
    rows = vectors(request, request["rows"])
    index = faiss.IndexFlatIP(request["dim"])
    index.add(rows)
    (scores, positions), samples = timed(request, lambda: index.search(rows, request["k"] + 1))
    kept = [
        [(p, s) for p, s in zip(positions[row], scores[row]) if p != row][: request["k"]] for row in request["checkedRows"]
    ]
    return found(samples, [[p for p, _ in row] for row in kept], [[s for _, s in row] for row in kept])


def pairs_numpy(request):
    """Products of each block of rows with the rows from it on; the pairs that reach the score, best first."""
    rows, least = vectors(request, request["rows"]), request["minScore"]

    def run():
        first, second, scores = [], [], []
        for at in range(0, len(rows), GRAPH_BLOCK):
            product = rows[at : at + GRAPH_BLOCK] @ rows[at:].T
            i, j = np.nonzero(product >= least)
            later = j > i
            i, j = i[later], j[later]
            first.append(i + at)
            second.append(j + at)
            scores.append(product[i, j])
        first, second, scores = np.concatenate(first), np.concatenate(second), np.concatenate(scores)
        order = np.argsort(-scores, kind="stable")
        return first[order], second[order], scores[order]

    (first, second, scores), samples = timed(request, run)
    kept = np.isin(first, request["checkedRows"]) | np.isin(second, request["checkedRows"])
    pairs = [first[kept].tolist(), second[kept].tolist(), scores[kept].astype(np.float64).tolist()]
    return {"samples": samples, "pairs": [list(pair) for pair in zip(*pairs)], "count": len(first)}


def cells_of(request, matrix):
    at = read(request, request["cells"], np.uint32).reshape(-1, 2)
    return matrix[at[:, 0], at[:, 1]].astype(np.float64).tolist()


def matrix_product(request):
    rows = vectors(request, request["rows"])
    matrix, samples = timed(request, lambda: rows @ rows.T)
    return {"samples": samples, "cells": cells_of(request, matrix)}


def matrix_cosine(request):
    rows = vectors(request, request["rows"])

    def run():
        unit = rows / np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return unit @ unit.T

    matrix, samples = timed(request, run)
    return {"samples": samples, "cells": cells_of(request, matrix)}


def ratings(request):
    """Items x users, float64, as CSR."""
    indptr = read(request, "ratings-indptr.u32", np.uint32).astype(np.int32)
    indices = read(request, "ratings-indices.u32", np.uint32).astype(np.int32)
    values = read(request, "ratings-values.f32", np.float32).astype(np.float64)
    return scipy.sparse.csr_matrix((values, indices, indptr), shape=(request["items"], request["users"]))


def lengths(matrix):
    return np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()


def sparse_product(request):
    """X.T @ X, both factors in CSR beforehand: the dots alone, nothing normalised or selected."""
    by_item = ratings(request)
    by_user = by_item.T.tocsr()
    product, samples = timed(request, lambda: by_item @ by_user)
    norms = lengths(by_item)
    rows = product[: request["checked"]].toarray() / norms[: request["checked"], None] / norms[None, :]
    return found(samples, *without_self(rows, request["k"]))


def sparse_neighbors(request):
    """The cosines of X.T @ X and each item's best k among its own nonzero cells."""
    by_item = ratings(request)

    def run():
        unit = scipy.sparse.diags_array(1 / lengths(by_item)).tocsr() @ by_item
        product = unit @ unit.T.tocsr()
        product.setdiag(0)
        answers = []
        for item in range(product.shape[0]):
            start, end = product.indptr[item], product.indptr[item + 1]
            scores, columns = product.data[start:end], product.indices[start:end]
            k = min(request["k"], end - start)
            best = np.argpartition(scores, len(scores) - k)[-k:]
            best = best[np.argsort(-scores[best])]
            answers.append((columns[best], scores[best]))
        return answers

    answers, samples = timed(request, run)
    answers = answers[: request["checked"]]
    return found(samples, [each[0] for each in answers], [each[1] for each in answers])


def dense_neighbors(request):
    """The ratings as a dense float32 matrix (made beforehand): one GEMM, then each row's best k."""
    dense = ratings(request).toarray().astype(np.float32)

    def run():
        unit = dense / np.sqrt(np.einsum("ij,ij->i", dense, dense))[:, None]
        return without_self(unit @ unit.T, request["k"])

    (positions, scores), samples = timed(request, run)
    return found(samples, positions[: request["checked"]], scores[: request["checked"]])


# Rows that are solved for side by side: their products with all of the other side should stay in a cache.
ALS_BLOCK = 128


def als_numpy(request):
    """Alternating least squares as `implicit` computes it, for many rows at once so that BLAS does the work.

    With one cell in twenty filled, a dense product that is then multiplied by the weights (zero where there is no cell) takes
    far less time than numpy would for each row alone.
    """
    factors, l2 = request["factors"], np.float32(request["l2"])
    indptr = read(request, "als-users-indptr.u32", np.uint32).astype(np.int32)
    indices = read(request, "als-users-indices.u32", np.uint32).astype(np.int32)
    values = read(request, "als-users-values.f32", np.float32)
    by_user = np.zeros((request["users"], request["items"]), np.float32)
    by_user[np.repeat(np.arange(request["users"]), np.diff(indptr)), indices] = values
    by_item = np.ascontiguousarray(by_user.T)

    def half(weights, x, y):
        gram = y.T @ y + l2 * np.eye(factors, dtype=np.float32)
        turned = np.ascontiguousarray(y.T)
        for at in range(0, len(x), ALS_BLOCK):
            some, w = x[at : at + ALS_BLOCK], weights[at : at + ALS_BLOCK]

            def product(p):
                cells = p @ turned
                cells *= w
                return p @ gram + cells @ y

            wished = (w + (w > 0)) @ y
            residual = wished - product(some)
            p, squares = residual.copy(), np.einsum("ij,ij->i", residual, residual)
            for _ in range(request["steps"]):
                image = product(p)
                curvature = np.einsum("ij,ij->i", p, image)
                length = np.divide(squares, curvature, out=np.zeros_like(squares), where=curvature > 0)
                some += length[:, None] * p
                residual -= length[:, None] * image
                left = np.einsum("ij,ij->i", residual, residual)
                turn = np.divide(left, squares, out=np.zeros_like(squares), where=squares > 0)
                p = residual + turn[:, None] * p
                squares = left

    def run():
        users = np.zeros((request["users"], factors), np.float32)
        items = read(request, "als-start.f32", np.float32).reshape(-1, factors).copy()
        for _ in range(request["iterations"]):
            half(by_user, users, items)
            half(by_item, items, users)
        return users, items

    (users, items), samples = timed(request, run)
    scores = users[: request["checked"]].astype(np.float64) @ items.T.astype(np.float64)
    return {"samples": samples, "scores": scores.ravel().tolist()}


def ease_numpy(request):
    """Steck's Ease as its paper writes it: users x items dense (made beforehand), or the Gram matrix too (`alone`)."""
    items = request["items"]
    indptr = read(request, "ease-indptr.u32", np.uint32).astype(np.int32)
    indices = read(request, "ease-indices.u32", np.uint32).astype(np.int32)
    dense = np.zeros((request["users"], items))
    dense[np.repeat(np.arange(request["users"]), np.diff(indptr)), indices] = read(request, "ease-values.f32", np.float32)

    def gram():
        product = dense.T @ dense
        product[np.diag_indices(items)] += request["l2"]
        return product

    ready = gram()

    def run():
        inverse = np.linalg.inv(ready if request["alone"] else gram())
        weights = inverse / -np.diag(inverse)
        weights[np.diag_indices(items)] = 0
        return weights

    weights, samples = timed(request, run)
    return {"samples": samples, "weights": weights[: request["checked"]].ravel().tolist()}


def without_self(scores, k):
    np.fill_diagonal(scores, -1)
    return best_of(scores, k)


TASKS = {
    task.__name__: task
    for task in (
        about,
        query_numpy,
        query_faiss,
        batch_product,
        batch_numpy,
        batch_faiss,
        graph_numpy,
        graph_faiss,
        pairs_numpy,
        matrix_product,
        matrix_cosine,
        sparse_product,
        sparse_neighbors,
        dense_neighbors,
        als_numpy,
        ease_numpy,
    )
}

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    answer = TASKS[asked["task"]](asked)
    answer["kernel"] = kernel(asked["task"])
    print(json.dumps(answer))

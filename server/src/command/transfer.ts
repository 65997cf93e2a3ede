/** The commands export and import: what a store holds, as files that other programs read and write. */
import { type Command, Option } from 'commander';
import { Refusal } from '../errors.js';
import { DEFAULT_NAMESPACE, Service } from '../live/service.js';
import { openStore } from '../store/open.js';

interface Output {
  write(text: string): unknown;
}

export function addTransfer(program: Command, within: (command: Command) => Command, stdout: Output, stderr: Output) {
  within(program.command('export'))
    .description('write events, items, users, vectors and definitions into a folder, while no server runs')
    .argument('<directory>', 'new or empty; it will hold events.jsonl and so on')
    .addOption(new Option('--format <format>', 'how to write').choices(['jsonl', 'parquet']).default('jsonl'))
    .action(async (directory, { folder, format }) => {
      const { exportTo } = await import('../transfer/export.js');
      const store = await openStore(folder);
      try {
        stdout.write(`${countsOf(await exportTo(store, directory, format))} written to ${directory}\n`);
      } finally {
        await store.close();
      }
    });
  within(program.command('import'))
    .description('take in what export wrote, or files of your own, while no server runs; twice is as once')
    .argument('<paths...>', 'folders, or files named events, items, users, vectors or definitions (.jsonl, .parquet)')
    .option('--namespace <name>', 'of rows that name none', DEFAULT_NAMESPACE)
    .action(async (paths, { folder, namespace }) => {
      const { importFrom } = await import('../transfer/import.js');
      const service = await Service.open(await openStore(folder));
      try {
        const { taken, refused, complaints } = await importFrom(service, paths, namespace);
        for (const complaint of complaints) stderr.write(`${complaint}\n`);
        stdout.write(`${countsOf(taken)} taken in\n`);
        if (refused > 0) throw new Refusal('INVALID_REQUEST', `${refused} rows are refused; all others are taken in.`);
      } finally {
        await service.close();
      }
    });
}

function countsOf(counts: Partial<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([table, count]) => `${count} ${table}`)
      .join(', ') || 'nothing'
  );
}

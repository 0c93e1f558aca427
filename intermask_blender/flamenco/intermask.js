// SPDX-License-Identifier: GPL-3.0-or-later

// A job type for Flamenco 3: spreads the rows of a table over the farm, and counts them at the end.
// Put this file into the folder "scripts" beside flamenco-manager; docs/batch.md says the rest.

const JOB_TYPE = {
    label: "InterMask Batch",
    settings: [
        { key: "table", type: "string", subtype: "file_path", required: true, visible: "submission",
          description: "The table with a job in every row, at a path that all workers know" },
        { key: "out", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "The folder for the files of all jobs, at a path that all workers know" },
        { key: "rows", type: "string", required: true, visible: "submission",
          // The script itself can't read files; Blender can. Rows without any text don't count.
          eval: "'1-%d' % (sum(bool(''.join(row).strip(';\\t ')) for row in __import__('csv').reader(" +
                "Path(bpy.path.abspath(settings.table)).open(encoding='utf-8-sig', newline=''))) - 1)",
          evalInfo: { showLinkButton: true, description: "All rows of the table" },
          description: "The rows to make, the first below the headings being 1. Examples: '7', '1-500', '1-20, 45'" },
        { key: "chunk_size", type: "int32", default: 10, propargs: { min: 1 }, visible: "submission",
          description: "Number of rows in one task. The engine starts once for each" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const summary = task("summary", settings, ["--rows", settings.rows, "--summary"]);
    frameChunker(settings.rows, settings.chunk_size).forEach(function (rows) {
        // A bad row must not fail the task: no other worker could do better, and the summary counts it.
        const chunk = task("rows-" + rows, settings, ["--rows", rows, "--exit-zero"]);
        summary.addDependency(chunk);
        job.addTask(chunk);
    });
    job.addTask(summary);
}

function task(name, settings, args) {
    const made = author.Task(name, "blender");
    made.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: ["--command", "intermask", "--batch", settings.table, "--out", settings.out].concat(args),
    }));
    return made;
}

// What the tasks that the command line names make in Node, as JSON.
const made = {}
for (const name of process.argv.slice(2)) {
    const { default: task } = await import(`./tasks/${name}.js`)
    made[name] = await task()
}
process.stdout.write(JSON.stringify(made))

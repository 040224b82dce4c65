// `tsc -p PROJECT` that puts each file in its place whole, so that a process that starts meanwhile reads no half module.
import { renameSync } from 'node:fs'
import ts from 'typescript'

const [project] = process.argv.slice(2)
const sys = {
  ...ts.sys,
  writeFile(file, text, writeByteOrderMark) {
    const part = `${file}.${process.pid}.part`
    ts.sys.writeFile(part, text, writeByteOrderMark)
    renameSync(part, file)
  },
}
ts.executeCommandLine(sys, () => {}, ['-p', project])

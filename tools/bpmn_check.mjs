// Reads BPMN documents named as arguments with bpmn-moddle, the reader of bpmn.io's tools. Prints one JSON line:
// by file, how many elements of each type were read, and every warning. Exit status 1 where there is a warning.
import { readFile } from "node:fs/promises";
import { BpmnModdle } from "bpmn-moddle";

const seen = {};
for (const file of process.argv.slice(2)) {
  try {
    const { rootElement, warnings, elementsById } = await new BpmnModdle().fromXML(await readFile(file, "utf8"));
    const types = {};
    for (const element of Object.values(elementsById)) types[element.$type] = (types[element.$type] ?? 0) + 1;
    seen[file] = { root: rootElement.$type, types, warnings: warnings.map((warning) => warning.message) };
  } catch (error) {
    seen[file] = { root: null, types: {}, warnings: [error.message] };
  }
}
console.log(JSON.stringify(seen));
process.exitCode = Object.values(seen).some((one) => one.warnings.length) ? 1 : 0;

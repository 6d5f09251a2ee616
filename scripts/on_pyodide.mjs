// Runs tests on the CPython that Pyodide is built from: 3.14, where no interpreter of that version is installed.
//
//   npm install --no-save pyodide
//   pip install --target site --platform any --only-binary=:all: pytest hypothesis flake8 click rich pathspec packaging
//   node --stack-size=60000 scripts/on_pyodide.mjs site tests/rules/test_examples.py -k findings
//
// There are no processes there, no libcst and no aiohttp: what rules find can be tested, fixes and servers can't.

import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const [site, ...parameters] = process.argv.slice(2);
if (site === undefined) {
  console.error("usage: node on_pyodide.mjs FOLDER_WITH_PYTEST [ARGUMENTS_OF_PYTEST…]");
  process.exit(2);
}
const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const pyodide = await loadPyodide({ env: { HOME: "/home", PYTHONDONTWRITEBYTECODE: "1" } });
for (const [folder, point] of [[repository, "/repository"], [resolve(site), "/site"]]) {
  pyodide.FS.mkdirTree(point);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, point);
}
pyodide.globals.set("parameters", pyodide.toPy(["-p", "no:cacheprovider", ...parameters]));
process.exitCode = pyodide.runPython(`
import os
import sys

sys.path[:0] = ["/repository/src", "/repository", "/site"]
os.chdir("/repository")
print(sys.version)

import pytest

int(pytest.main(list(parameters)))
`);

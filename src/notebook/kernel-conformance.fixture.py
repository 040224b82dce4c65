"""Jupyter's own conformance suite against the installed kernel; prints one JSON line of figures last."""

import json
import sys
import unittest

import jupyter_kernel_test


class KernelConformance(jupyter_kernel_test.KernelTests):
    kernel_name = "medtune"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "Math.sqr", "matches": {"sqrt", "SQRT1_2", "SQRT2"}}]
    complete_code_samples = ["1", "const a = 1", "function f() { return 1 }", "// comment"]
    incomplete_code_samples = ["function f() {", "const list = [1,", "if (1 === 1) {"]
    invalid_code_samples = ["const = 1", "let 1a = 2", ")"]
    code_page_something = "?parseInt"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "[1, 2].map((x) => x * 2)", "result": "[ 2, 4 ]"},
    ]
    code_display_data = [
        {"code": "import { display } from 'medtune'; display({ 'text/html': '<b>x</b>' })", "mime": "text/html"},
        {"code": "display({ 'image/svg+xml': '<svg/>', 'text/plain': 'x' })", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "import { clearOutput } from 'medtune'; clearOutput()"


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(KernelConformance)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    failed = [str(test) for test, _ in result.failures + result.errors]
    print(json.dumps({"run": result.testsRun, "failed": failed, "skipped": len(result.skipped)}))

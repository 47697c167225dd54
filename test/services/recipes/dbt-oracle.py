"""Reads YAML with PyYAML and projects with dbt-core, for tests to compare with. Projects come as files: the asker may be elsewhere.

POST /yaml  ["text", ...]                             -> [{"python", "c"}], each {"value": repr} or {"error": name}
POST /dbt   {"files": {path: text}, "env": {},
             "state"?: manifest, "commands": [[...]],
             "before"?: [[...]],
             "compile"?: [...], "lists"?: [[...]]}    -> {"manifest"} or {"error"}, and {"answers": [[unique_id] | null, ...],
                                                        "compiled": {path: text}, "lists": [[line] | null, ...]}
"""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import yaml


def read_yaml(text, loader):
    try:
        return {"value": repr(yaml.load(text, loader))}
    except Exception as error:
        return {"error": type(error).__name__}


def read_yamls(texts):
    return [{"python": read_yaml(text, yaml.SafeLoader), "c": read_yaml(text, yaml.CSafeLoader)} for text in texts]


def run_dbt(case):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in case["files"].items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        before, place = dict(os.environ), os.getcwd()
        os.environ.update({"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **case.get("env", {})})
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                return answers(case, folder, out)
        finally:
            os.chdir(place)
            os.environ.clear()
            os.environ.update(before)


def answers(case, folder, out):
    from dbt.cli.main import dbtRunner

    common = ["--no-partial-parse", "--project-dir", folder, "--profiles-dir", folder]
    if pathlib.Path(folder, "packages.yml").exists():
        dbtRunner().invoke(["deps", *common[1:]])
    parsed = dbtRunner().invoke(["parse", *common])
    if not parsed.success:
        return {"error": str(parsed.exception or out.getvalue())[-2000:]}
    manifest = json.loads(pathlib.Path(folder, "target/manifest.json").read_text())
    if "state" in case:
        pathlib.Path(folder, "state").mkdir()
        pathlib.Path(folder, "state/manifest.json").write_text(json.dumps(case["state"]))
    runner = dbtRunner(manifest=parsed.result)
    found = []
    for words in case["commands"]:
        result = runner.invoke(["ls", "--quiet", "--output", "json", "--output-keys", "unique_id", *words, *common])
        lines = [line for line in result.result or [] if line.startswith("{")] if result.success else None
        found.append(None if lines is None else sorted(json.loads(line)["unique_id"] for line in lines))
    lists = [runner.invoke(["ls", "--quiet", *words, *common]).result for words in case.get("lists", [])]
    for words in case.get("before", []):
        done = dbtRunner().invoke([*words, *common])
        if not done.success:
            return {"error": str(done.exception or out.getvalue())[-2000:]}
    compiled = {}
    if "compile" in case:
        done = dbtRunner().invoke(["compile", *case["compile"], *common])
        if not done.success:
            return {"error": str(done.exception or out.getvalue())[-2000:]}
        root = pathlib.Path(folder, "target/compiled")
        compiled = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    return {"manifest": manifest, "answers": found, "compiled": compiled, "lists": lists}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"ready": True})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"/yaml": read_yamls, "/dbt": run_dbt}[self.path](body))

    def answer(self, data):
        body = json.dumps(data).encode("ascii")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    HTTPServer((host, int(sys.argv[1])), Handler).serve_forever()

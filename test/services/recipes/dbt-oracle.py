"""Reads YAML with PyYAML and projects with dbt-core, for tests to compare with. Projects come as files: the asker may be elsewhere.

POST /yaml  ["text", ...]                             -> [{"python", "c"}], each {"value": repr} or {"error": name}
POST /dbt   {"files": {path: text}, "env": {},
             "state"?: {artifact: content},
             "commands": [[...]],
             "before"?: [[...]],
             "compile"?: [...], "lists"?: [[...]]}    -> {"manifest"} or {"error"}, and {"answers": [[unique_id] | null, ...],
                                                        "compiled": {path: text}, "lists": [[line] | null, ...]}
POST /read  {"kind": "run_results", "content": {...}} -> {"core", "parser"}: null where it was read, else what is wrong
GET  /page                                            -> the page that dbt-core ships, as {"page": text}
POST /build {"files": {path: text}, "env": {}, "commands": [[...]],
             "database": path, "artifacts"?: [name]}  -> {"exits": [bool, ...], "results": [run_results, ...],
                                                          "artifacts": {name: content},
                                                          "tables": {"schema.name": {"columns": [[name, type]], "rows": [[text | null]]}}}
"""

import contextlib
import io
import json
import os
import pathlib
import subprocess
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


@contextlib.contextmanager
def project(case):
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
                yield folder, out
        finally:
            os.chdir(place)
            os.environ.clear()
            os.environ.update(before)


def run_dbt(case):
    with project(case) as (folder, out):
        return answers(case, folder, out)


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
        for name, content in case["state"].items():
            pathlib.Path(folder, "state", f"{name}.json").write_text(json.dumps(content))
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


def build(case):
    with project(case) as (folder, _):
        common = ["--no-partial-parse", "--project-dir", folder, "--profiles-dir", folder]
        if pathlib.Path(folder, "packages.yml").exists():
            dbt(["deps", *common[1:]])
        exits, results = [], []
        for words in case["commands"]:
            exits.append(dbt([*words, *common]))
            results.append(artifact(folder, "run_results"))
        artifacts = {name: artifact(folder, name) for name in case.get("artifacts", [])}
        return {"exits": exits, "results": results, "artifacts": artifacts, "tables": tables(pathlib.Path(folder, case["database"]))}


def artifact(folder, name):
    path = pathlib.Path(folder, "target", f"{name}.json")
    return json.loads(path.read_text()) if path.exists() else None


def dbt(words):
    """In a process of its own, for dbt keeps files of DuckDB open."""
    return subprocess.run([sys.executable, "-c", "from dbt.cli.main import cli; cli()", *words], stdout=subprocess.DEVNULL).returncode == 0


def tables(path):
    import duckdb

    with duckdb.connect(str(path), read_only=True) as database:
        names = database.execute("select table_schema, table_name from information_schema.tables order by 1, 2").fetchall()
        return {f"{schema}.{name}": table(database, f'"{schema}"."{name}"') for schema, name in names}


def table(database, name):
    columns = database.execute(f"describe {name}").fetchall()
    texts = ", ".join(f'cast("{column[0]}" as varchar)' for column in columns)
    rows = database.execute(f"select {texts} from {name} order by all").fetchall()
    return {"columns": [list(column[:2]) for column in columns], "rows": [list(row) for row in rows]}


def read_artifact(case):
    return {"core": problem_of(read_by_core, case), "parser": problem_of(read_by_parser, case)}


def problem_of(read, case):
    try:
        read(case["kind"], case["content"])
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:2000]


def read_by_core(kind, content):
    from dbt.artifacts.schemas.catalog import CatalogArtifact
    from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
    from dbt.artifacts.schemas.manifest import WritableManifest
    from dbt.artifacts.schemas.run import RunResultsArtifact

    kinds = {"run_results": RunResultsArtifact, "manifest": WritableManifest, "sources": FreshnessExecutionResultArtifact, "catalog": CatalogArtifact}
    # A manifest is only read: reading brings older ones up to date first.
    if kind != "manifest":
        kinds[kind].validate(content)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "artifact.json")
        path.write_text(json.dumps(content))
        kinds[kind].read_and_check_versions(str(path))


def read_by_parser(kind, content):
    from dbt_artifacts_parser import parser

    getattr(parser, f"parse_{kind}")(content)


def page():
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    return {"page": pathlib.Path(DOCS_INDEX_FILE_PATH).read_text()}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(page() if self.path == "/page" else {"ready": True})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"/yaml": read_yamls, "/dbt": run_dbt, "/read": read_artifact, "/build": build}[self.path](body))

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

"""Renders templates with dbt's own Jinja environment, and reads YAML with PyYAML, for tests to compare with.

POST /render  [{"source", "context", "mode": "strict" | "chainable" | "native", "macro"?}] -> [{"text"} | {"error", "message"}]
POST /yaml    ["text", ...] -> [{"value"} | {"error"}]
"""

import datetime
import decimal
import json
import sys
import resource
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer

import itertools
import re

import pytz
import yaml
from dbt_common.clients.jinja import get_environment, get_template
from dbt_common.exceptions.macros import MacroReturn


def value_of(data):
    """Tagged JSON as a value: what JSON lacks is an object with one key that begins with `$`."""
    if isinstance(data, list):
        return [value_of(item) for item in data]
    if isinstance(data, dict):
        if len(data) == 1:
            (tag, body), = data.items()
            if tag in TAGS:
                return TAGS[tag](body)
        return {key: value_of(item) for key, item in data.items()}
    return data


TAGS = {
    "$tuple": lambda body: tuple(value_of(body)),
    "$set": lambda body: set(value_of(body)),
    "$dict": lambda body: {value_of(key): value_of(item) for key, item in body},
    "$float": float,
    "$int": int,
    "$decimal": decimal.Decimal,
    "$date": datetime.date.fromisoformat,
    "$datetime": datetime.datetime.fromisoformat,
    "$timedelta": lambda body: datetime.timedelta(*body),
}


def returning(value=None):
    raise MacroReturn(value)


def modules():
    names = ["date", "datetime", "time", "timedelta", "tzinfo"]
    return {
        "datetime": {name: getattr(datetime, name) for name in names},
        "re": {name: getattr(re, name) for name in re.__all__},
        "pytz": {name: getattr(pytz, name) for name in pytz.__all__},
        "itertools": {name: getattr(itertools, name) for name in dir(itertools) if not name.startswith("_")},
    }


MODULES = modules()


def too_long(_signal, _frame):
    raise MemoryError("too long")


def render(case):
    native = case["mode"] == "native"
    context = value_of(case.get("context", {}))
    context["return"] = returning
    context["modules"] = MODULES
    try:
        signal.alarm(5)
        env = get_environment(None, capture_macros=case["mode"] == "chainable", native=native)
        template = env.from_string(case["source"], globals=context)
        result = template.render(context)
        return {"text": repr(result) if native else result}
    except MacroReturn as returned:
        return {"text": "returned " + repr(returned.value)}
    except RecursionError as error:
        return {"error": "RecursionError", "message": str(error)}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}
    finally:
        signal.alarm(0)


def read_yaml(text):
    try:
        return {"value": repr(yaml.safe_load(text))}
    except Exception as error:
        return {"error": type(error).__name__}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"ready": True})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"/render": render, "/yaml": read_yaml}[self.path]
        self.answer([answer(case) for case in body])

    def answer(self, data):
        # Lone surrogates, which Python's text may hold, have no UTF-8: they go as JSON escapes.
        body = json.dumps(data).encode("ascii")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    sys.setrecursionlimit(3000)
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    # Templates at random may ask for more than there is. One thread: alarms come to the first thread only.
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    signal.signal(signal.SIGALRM, too_long)
    HTTPServer((host, int(sys.argv[1])), Handler).serve_forever()

"""Runs LocalStack's Lambda functions as processes of this machine, where there are no containers.

A function's package is unpacked by LocalStack; its `bootstrap` is started with the environment LocalStack made for it
and asks a Runtime API of its own for work, as it would on Lambda.
"""

import json
import os
import queue
import subprocess
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

API = "/2018-06-01/runtime"
# Where every function's output goes, for tests to read.
LOGS = os.environ.get("FAIRLEAD_TEST_LOGS")


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        return ProcessExecutor


class RuntimeApi(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        executor = self.server.executor
        if self.path != f"{API}/invocation/next":
            return self.answer(404, b"")
        invocation, deadline, _ = executor.begin()
        self.answer(
            200,
            invocation["payload"].encode(),
            {
                "Lambda-Runtime-Aws-Request-Id": invocation["invoke-id"],
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": invocation["invoked-function-arn"],
                "Lambda-Runtime-Trace-Id": invocation.get("trace-id", ""),
            },
        )

    def do_POST(self):
        body = self.body()
        if self.path == f"{API}/init/error":
            self.server.executor.end(None, body, is_error=True)
        elif self.path.startswith(f"{API}/invocation/"):
            request, kind = self.path.removeprefix(f"{API}/invocation/").split("/", 1)
            self.server.executor.end(request, body, is_error=kind == "error")
        else:
            return self.answer(404, b"")
        self.answer(202, b"")

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ProcessExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self._waiting = queue.Queue()
        self._current = None
        self._process = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        self._server.daemon_threads = True
        self._server.executor = self

    def start(self, env_vars):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        package = Path(self.function_version.config.code.get_unzipped_code_location())
        bootstrap = package / "bootstrap"
        bootstrap.chmod(0o755)
        environment = {name: str(value) for name, value in env_vars.items()}
        environment |= {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "LAMBDA_TASK_ROOT": str(package),
            "FAIRLEAD_HOME": f"{os.environ['FAIRLEAD_TEST_SCRATCH']}/{self.id}",
        }
        log = open(f"{LOGS}/{self.function_version.id.function_name}-{self.id}.log", "ab")  # noqa: SIM115
        self._process = subprocess.Popen(
            [bootstrap], env=environment, cwd=package, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, payload):
        timeout = self.function_version.config.timeout
        future = Future()
        self._waiting.put((payload, int((time.time() + timeout) * 1000), future))
        request = payload["invoke-id"]
        try:
            body, is_error = future.result(timeout=timeout)
        except TookTooLong:
            self._process.kill()
            message = f"{request} Task timed out after {timeout:.2f} seconds"
            body, is_error = json.dumps({"errorMessage": message}).encode(), True
        return InvocationResult(request, body, is_error=is_error, logs="")

    def begin(self):
        self._current = self._waiting.get()
        return self._current

    def end(self, request, body, *, is_error):
        if self._current is None:
            self._current = self._waiting.get()
        invocation, _, future = self._current
        if request in (None, invocation["invoke-id"]):
            self._current = None
            future.set_result((body, is_error))

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self):
        return ""

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        function_version.config.code.destroy_cached()

"""Calls of the mock broker's control API, and its command line."""
import json
import subprocess
import urllib.error
import urllib.request

import processes

LIMIT = 20


def ctl(broker, *words):
    return subprocess.run(
        [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(broker.port('control')), *words],
        capture_output=True, text=True, timeout=LIMIT)


def api(broker, path, body=None, headers=None, method=None):
    """Status and answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f'http://127.0.0.1:{broker.port("control")}/__mock/{path}', data=data,
        headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())

"""Rules of the house that a machine can judge (docs/architecture.md has the reasons).

usage: lint.py CHECK       one of the names in CHECKS below

A check gets {path: text} of the tracked files and returns its findings. Before it judges the tree
it must find something in each of its own bad samples and nothing in its good ones.
"""
import ast
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRODUCTS = ('gateway', 'mockbroker', 'stomp-client')
CODE = ('.cpp', '.hpp', '.def')

# Who may include whom: room -> what its includes may start with. The longest room wins; a room may
# always include itself and the standard library.
OPENSSL = 'openssl/'
JSON_URL = ('boost/json', 'boost/url')
BASE = ('stomp/', 'ws/', 'crypto/')
# What net/ shows of itself without doing anything: no room below app/ sees how it is done.
INTERFACES = ('net/types.hpp', 'net/task.hpp', 'net/stream.hpp', 'net/runtime.hpp', 'net/log.hpp',
              'net/http_types.hpp', 'net/http_fields.hpp')
ROOMS = {
    'stomp': (),
    'ws': (),
    'crypto': (OPENSSL, 'crypt.h'),
    'net': ('boost/asio', 'boost/beast', OPENSSL, 'spdlog/', 'fmt/', 'ws/', 'crypto/', *JSON_URL),
    'gateway/pump': ('stomp/', 'ws/', 'net/types.hpp'),
    'gateway/core': ('stomp/', 'ws/', *INTERFACES, *JSON_URL),
    # net/files.hpp: joins paths here, and says what a folder holds for webServer.
    'gateway/config': ('gateway/core/', 'pugixml.hpp', 'crypto/', 'net/http_types.hpp',
                       'net/files.hpp', *JSON_URL),
    'gateway/elements': ('gateway/core/', *BASE, *INTERFACES, 'net/files.hpp', *JSON_URL),
    'gateway/console': ('gateway/', *BASE, 'net/', *JSON_URL),
    'gateway/app': ('gateway/', *BASE, 'net/', *JSON_URL),
    'gateway/main.cpp': ('CLI/', 'gateway/', *BASE, 'net/'),
    'mockbroker/broker': ('stomp/', 'ws/', 'mockbroker/profiles/', 'mockbroker/faults/',
                          'net/types.hpp'),
    'mockbroker/profiles': ('stomp/', 'ws/', 'mockbroker/broker/', 'mockbroker/faults/',
                            'net/types.hpp'),
    'mockbroker/faults': ('stomp/', 'ws/', 'mockbroker/broker/', 'mockbroker/profiles/',
                          'net/types.hpp'),
    'mockbroker/transformations': ('mockbroker/broker/', 'pugixml.hpp', *JSON_URL),
    'mockbroker/relay': ('mockbroker/faults/', 'stomp/', 'ws/', 'net/'),
    # The broker's role of a ladder: of harness/ladder it sees the pure headers.
    'mockbroker/script': ('mockbroker/faults/', 'stomp/', 'ws/', 'net/types.hpp',
                          *(f'harness/ladder/{name}.hpp'
                            for name in ('arrival', 'model', 'parser', 'values', 'wire_reader'))),
    'mockbroker/console': ('mockbroker/', *BASE, 'net/', *JSON_URL),
    'mockbroker/control': ('mockbroker/', *BASE, 'net/', *JSON_URL),
    'mockbroker/app': ('mockbroker/', 'harness/ladder/', *BASE, 'net/', *JSON_URL),
    'mockbroker/main.cpp': ('CLI/', 'mockbroker/', 'harness/ladder/', *BASE, 'net/'),
    'stomp-client': (*BASE, 'net/', *JSON_URL),
    # Plays ladders, whose malformations are of mockbroker/faults: pure, and seen by harness/ladder only.
    'stomp-client/ladder': ('stomp-client/', 'harness/ladder/', *BASE, 'net/', *JSON_URL),
    'stomp-client/main.cpp': ('CLI/', 'stomp-client/', 'harness/ladder/', *BASE, 'net/'),
    'harness/ladder': ('mockbroker/faults/', *BASE, 'net/', *JSON_URL),
}
# Headers of the system: net/ is the only door to the world.
SYSTEM = re.compile(r'(sys|netinet|arpa|net)/\w+\.h$|\w+\.h$')
WORLDLY = {'thread', 'fstream', 'filesystem', 'future', 'condition_variable'}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def room_of(path):
    names = [r for r in ROOMS if path == r or path.startswith(r + '/')]
    return max(names, key=len, default=None)


def may_include(room, header):
    home = room.rsplit('/', 1)[0] if room.endswith('.cpp') else room
    if header.startswith(home + '/') or header.startswith(tuple(ROOMS[room])):
        return True
    if SYSTEM.match(header):
        return room == 'net' and not header.startswith('openssl')
    is_standard = '/' not in header and '.' not in header
    return is_standard and (room == 'net' or header not in WORLDLY)


def check_includes(files):
    findings = []
    for path, text in files.items():
        room = room_of(path)
        for found in INCLUDE.finditer(text) if room and path.endswith(CODE) else ():
            header = found[1]
            place = f'{path}:{line_of(text, found.start(1))}'
            if not may_include(room, header):
                findings.append(f'{place}: {room} may not include {header}')
            # Everybody includes net's headers, so Asio and Beast stay in its sources.
            if room == 'net' and path.endswith('.hpp') and re.match('boost/(asio|beast)', header):
                findings.append(f'{place}: a header of net/ may not include {header}')
    return findings


# Clocks, sockets, threads and files outside net/. `open` of our own classes is fine: without
# <fcntl.h> nothing else of that name exists (see WORLDLY and SYSTEM above).
WORLD = re.compile(
    r'_clock::now\(|\bstd::j?thread\b|\bstd::async\(|\bstd::[io]?fstream\b|\bf(?:re)?open\(|'
    r'(?<![\w:])::(?:open|socket|connect|bind|accept|listen|poll|select|read|write)\(|'
    r'\bstd::time\(|\btime\((?:NULL|nullptr|0)\)|\b(?:gettimeofday|clock_gettime)\(|'
    r'\bpthread_create\(|\bboost::(?:asio|beast)\b|\bstd::random_device\b')


def check_world(files):
    return [f'{path}:{line_of(text, m.start())}: {m[0]} belongs in net/'
            for path, text in files.items()
            if path.startswith((*(p + '/' for p in PRODUCTS), 'stomp/', 'ws/'))
            and path.endswith(CODE)
            for m in WORLD.finditer(without_comments(text))]


SLEEP = re.compile(r'this_thread\s*::\s*sleep|\b(?:u|nano)?sleep\(|'
                   r'\bsleep_(?:for|until)\(|^\s*sleep\s+[\d.$]', re.M)


def check_sleep(files):
    """A test waits for what it expects, never for a while."""
    return [f'{path}:{line_of(text, m.start())}: a test must not sleep'
            for path, text in files.items()
            if path.startswith(('tests/', 'e2e/', 'harness/'))
            and path.endswith((*CODE, '.py', '.sh', '.js', '.html'))
            and path != 'tests/lint/lint.py'
            for m in SLEEP.finditer(text)]


def without_comments(text):
    """Comments become blanks of the same length, so that positions stay."""
    return re.sub(r'//[^\n]*|/\*.*?\*/', lambda m: re.sub(r'[^\n]', ' ', m[0]), text, flags=re.S)


LONGEST_FILE = 800
LONGEST_FUNCTION = 70
WAIVER = 'long on purpose:'  # in a comment of the function, with the reason
NOT_A_FUNCTION = re.compile(r'\s*(?:inline )?(?:namespace|class|struct|union|enum|extern|template)\b|'
                            r'.*= ?\{|.*\w\{$')


def functions_of_cpp(text):
    """(first line, length) of blocks that start at no or one indentation; clang-format's layout."""
    lines = text.split('\n')
    for end, line in enumerate(lines):
        match = re.match(r'( {0,2})\}$', line)
        if not match or len(match[1]) == 1:
            continue
        start = end - 1
        while start > 0 and not re.match(match[1] + r'[^\s})#:]', lines[start]):
            start -= 1
        if not NOT_A_FUNCTION.match(lines[start]) and WAIVER not in '\n'.join(lines[start:end]):
            yield start + 1, end - start + 1


def functions_of_python(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def check_size(files):
    findings = []
    for path, text in files.items():
        is_python = path.endswith('.py')
        if not is_python and not path.endswith(('.cpp', '.hpp')):
            continue
        length = text.count('\n')
        if length > LONGEST_FILE:
            findings.append(f'{path}: {length} lines, more than {LONGEST_FILE}')
        for line, size in functions_of_python(text) if is_python else functions_of_cpp(text):
            if size > LONGEST_FUNCTION:
                findings.append(f'{path}:{line}: a function of {size} lines, '
                                f'more than {LONGEST_FUNCTION}')
    return findings


def check_format(files):
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / '.clang-format').write_text((ROOT / '.clang-format').read_text())
        names = [p for p in files if p.endswith(('.cpp', '.hpp'))]
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(files[name])
        result = subprocess.run(['clang-format-14', '--dry-run', *names], cwd=root,
                                capture_output=True, text=True)
        if result.returncode != 0:
            findings.append(result.stderr)
        findings += re.findall(r'^(\S+:\d+):\d+: warning: code should be .*', result.stderr, re.M)
    return sorted(set(findings))


# name -> (check, bad samples, good samples)
CHECKS = {
    'includes': (check_includes, [
        {'stomp/a.cpp': '#include "ws/header.hpp"\n'},
        {'ws/a.hpp': '#include <thread>\n'},
        {'gateway/pump/a.cpp': '#include "net/stream.hpp"\n'},
        {'gateway/core/a.cpp': '#include <boost/asio/io_context.hpp>\n'},
        {'gateway/core/a.cpp': '#include "gateway/config/config.hpp"\n'},
        {'gateway/elements/a.cpp': '#include <pugixml.hpp>\n'},
        {'gateway/elements/a.cpp': '#include "net/real_runtime.hpp"\n'},
        {'gateway/app/a.cpp': '#include "mockbroker/broker/broker.hpp"\n'},
        {'gateway/app/a.cpp': '#include <CLI/CLI.hpp>\n'},
        {'mockbroker/broker/a.cpp': '#include <boost/json.hpp>\n'},
        {'mockbroker/broker/a.cpp': '#include "mockbroker/transformations/map_parser.hpp"\n'},
        {'mockbroker/transformations/a.cpp': '#include "net/types.hpp"\n'},
        {'mockbroker/app/a.cpp': '#include <sys/socket.h>\n'},
        {'mockbroker/script/a.cpp': '#include "harness/ladder/runner.hpp"\n'},
        {'net/a.cpp': '#include "gateway/core/flow.hpp"\n'},
        {'net/a.hpp': '#include <boost/asio/ip/tcp.hpp>\n'},
        {'stomp-client/a.cpp': '#include <spdlog/spdlog.h>\n'},
        {'stomp-client/a.cpp': '#include "harness/ladder/runner.hpp"\n'},
        {'stomp-client/ladder/a.cpp': '#include "mockbroker/faults/fault.hpp"\n'},
        {'harness/ladder/a.cpp': '#include "mockbroker/broker/broker.hpp"\n'},
    ], [
        {'stomp/a.cpp': '#include "stomp/frame.hpp"\n#include <string>\n'},
        {'net/a.cpp': '#include <boost/asio/ip/tcp.hpp>\n#include <fcntl.h>\n#include <thread>\n'},
        {'gateway/main.cpp': '#include <CLI/CLI.hpp>\n#include "gateway/app/application.hpp"\n'},
        {'mockbroker/profiles/a.hpp': '#include "net/types.hpp"\n'},
    ]),
    'world': (check_world, [
        {'gateway/app/a.cpp': 'auto t = std::chrono::steady_clock::now();\n'},
        {'mockbroker/app/a.cpp': 'std::thread t;\n'},
        {'stomp-client/a.cpp': 'std::ifstream in("x");\n'},
        {'gateway/core/a.cpp': 'int f = ::open("x", 0);\n'},
        {'ws/a.cpp': 'boost::asio::io_context c;\n'},
    ], [
        {'net/a.cpp': 'auto t = std::chrono::steady_clock::now();\n'},
        {'gateway/app/a.cpp': '// std::thread is not for us\nauto t = rt.now(); store.open(x);\n'},
    ]),
    'sleep': (check_sleep, [
        {'tests/unit/a.cpp': 'std::this_thread::sleep_for(1s);\n'},
        {'e2e/test_a.py': 'time.sleep(1)\n'},
        {'harness/pytest/a.py': 'from time import sleep\nsleep(0.1)\n'},
        {'tests/a.sh': 'start\n  sleep 1\n'},
    ], [{'tests/unit/a.cpp': 'co_await net::wait_until(rt, rt.now() + 1s);\n'}]),
    'size': (check_size, [
        {'net/a.cpp': 'int x;\n' * (LONGEST_FILE + 1)},
        {'net/a.cpp': 'void f(int a,\n       int b) {\n' + '  g();\n' * 70 + '}\n'},
        {'net/a.hpp': 'class c {\n  void f() {\n' + '    g();\n' * 70 + '  }\n};\n'},
        {'e2e/a.py': 'def f():\n' + '    g()\n' * 70},
    ], [
        {'net/a.cpp': 'void f() {\n' + '  g();\n' * 60 + '}\n\nvoid h() {\n' + '  g();\n' * 60 + '}\n'},
        {'net/a.hpp': 'class c {\n' + '  int g();\n' * 100 + '};\n'},
    ]),
    'format': (check_format, [{'net/a.cpp': 'int  x ;\n'}], [{'net/a.cpp': 'int x;\n'}]),
}


def tracked_files():
    # The tree may belong to somebody else, as in a container: git asks for a word about that.
    names = subprocess.run(['git', '-c', 'safe.directory=*', 'ls-files', '-z'], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout.split('\0')
    wanted = (*CODE, '.py', '.sh', '.js', '.html')
    return {name: (ROOT / name).read_text() for name in names
            if name.endswith(wanted) and (ROOT / name).is_file()}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        print(__doc__, *CHECKS, file=sys.stderr)
        return 2
    check, bad, good = CHECKS[arguments[0]]
    blind = [f'the check misses its bad sample {s}' for s in bad if not check(s)]
    blind += [f'the check blames its good sample {s}: {check(s)}' for s in good if check(s)]
    findings = blind or check(tracked_files())
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

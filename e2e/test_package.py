"""The harness as somebody else's project gets it: installed, found, and used outside of ours."""
import os
import re
import subprocess

import processes

BUILD = processes.BINARIES.parent
LIMIT = 280
TESTS = '''
#include "harness/cpp/fixture.hpp"

using namespace harness;

class Mine : public broker_fixture {};

TEST_F(Mine, Passes) {
  auto& c = stage.connect();
  c.send("/queue/foo", "hi");
  EXPECT_THAT(stage, eventually(body("hi")));
}

TEST_F(Mine, Fails) {
  auto& c = stage.connect();
  c.send("/queue/foo", "hi");
  EXPECT_THAT(stage, eventually(body("ho")));
}
'''


def run(*command, **how):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LIMIT,
                          **how)


def test_an_outside_project_finds_it_and_its_tests_pass_and_fail(tmp_path):
    prefix = tmp_path / 'prefix'
    installed = run('cmake', '--install', BUILD, '--prefix', prefix, '--component', 'harness')
    assert installed.returncode == 0, installed.stderr
    guide = (processes.ROOT / 'docs/testing.md').read_text()
    lines = re.search(r'^```cmake\n(.*?)^```', guide, re.S | re.M).group(1)
    (tmp_path / 'CMakeLists.txt').write_text(
        f'cmake_minimum_required(VERSION 3.25)\nproject(mine CXX)\n{lines}')
    (tmp_path / 'my_test.cpp').write_text(TESTS)
    made = run('cmake', '-G', 'Ninja', '-S', tmp_path, '-B', tmp_path / 'build',
               f'-DCMAKE_PREFIX_PATH={prefix}')
    assert made.returncode == 0, made.stdout + made.stderr
    built = run('cmake', '--build', tmp_path / 'build')
    assert built.returncode == 0, built.stdout + built.stderr
    result = run(tmp_path / 'build/my_test', env={**os.environ, 'GTEST_COLOR': 'no'})
    assert result.returncode == 1
    assert '[       OK ] Mine.Passes' in result.stdout
    assert '[  FAILED  ] Mine.Fails' in result.stdout
    assert 'differs body is equal to "ho", but body is "hi"' in result.stdout
    assert '--gtest_filter=Mine.Fails' in result.stdout

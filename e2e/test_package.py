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


FRAMES = '''
#include "harness/cpp/matchers.hpp"

TEST(Mine, Frames) {
  const auto f = stomp::make_frame("SEND", {{"destination", "/queue/foo"}}, "hi");
  EXPECT_THAT(f, harness::body("hi"));
  EXPECT_THAT(f, harness::body("ho"));
}
'''


def guide_cmake(word):
    """The guide's lines for a CMakeLists.txt that have this word."""
    guide = (processes.ROOT / 'docs/testing.md').read_text()
    blocks = re.findall(r'^```cmake\n(.*?)^```', guide, re.S | re.M)
    return next(block for block in blocks if word in block)


def build_outside(folder, lines, test, *options):
    """Somebody's project of these lines and one test; the test's result."""
    (folder / 'CMakeLists.txt').write_text(
        f'cmake_minimum_required(VERSION 3.25)\nproject(mine CXX)\n{lines}')
    (folder / 'my_test.cpp').write_text(test)
    made = run('cmake', '-G', 'Ninja', '-S', folder, '-B', folder / 'build', *options)
    assert made.returncode == 0, made.stdout + made.stderr
    built = run('cmake', '--build', folder / 'build', '--target', 'my_test')
    assert built.returncode == 0, built.stdout + built.stderr
    return run(folder / 'build/my_test', env={**os.environ, 'GTEST_COLOR': 'no'})


def test_an_outside_project_finds_it_and_its_tests_pass_and_fail(tmp_path):
    prefix = tmp_path / 'prefix'
    installed = run('cmake', '--install', BUILD, '--prefix', prefix, '--component', 'harness')
    assert installed.returncode == 0, installed.stderr
    plugin = prefix / 'share/pumphouse/pytest'
    assert (plugin / 'pyproject.toml').exists()
    assert (plugin / 'pumphouse_pytest/plugin.py').exists()
    assert not [each for each in prefix.rglob('*') if each.name == '__pycache__']
    assert not (prefix / 'include/pumphouse/harness/pytest').exists()
    result = build_outside(tmp_path, guide_cmake('find_package'), TESTS,
                           f'-DCMAKE_PREFIX_PATH={prefix}')
    assert result.returncode == 1
    assert '[       OK ] Mine.Passes' in result.stdout
    assert '[  FAILED  ] Mine.Fails' in result.stdout
    assert 'differs body is equal to "ho", but body is "hi"' in result.stdout
    assert '--gtest_filter=Mine.Fails' in result.stdout


def test_an_outside_project_takes_the_sources_in(tmp_path):
    lines = guide_cmake('FetchContent').replace('pumphouse::fixtures', 'pumphouse::matchers')
    result = build_outside(tmp_path, lines, FRAMES,
                           f'-DFETCHCONTENT_SOURCE_DIR_PUMPHOUSE={processes.ROOT}')
    assert result.returncode == 1
    assert 'Expected: body is equal to "ho"' in result.stdout

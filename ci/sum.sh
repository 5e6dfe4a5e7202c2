# Sourced by ci/test and ci/full: runs CTest and adds its results up.
passed=0
failed=0

# run_tests PRESET [CTEST OPTION...]
run_tests() {
  local preset=$1 log
  shift
  log=build/$preset/ctest.log
  echo "== ctest $preset $*"
  # CTest's exit code is in its summary as well: "97% tests passed, 1 tests failed out of 30".
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --timeout 300 \
    -j "$(nproc)" "$@" 2>&1 | tee "$log" || true
  local summary
  summary=$(grep -aE '^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+' "$log" || true)
  if [ -z "$summary" ]; then
    failed=$((failed + 1))  # CTest itself failed
    return
  fi
  local bad all
  bad=$(sed -E 's/.*, ([0-9]+) tests failed.*/\1/' <<<"$summary")
  all=$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$summary")
  failed=$((failed + bad))
  passed=$((passed + all - bad))
}

print_sum() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

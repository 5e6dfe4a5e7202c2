# pumphouse_assets(TARGET NAMESPACE DIR): embeds every file of DIR into TARGET.
# The generated source defines `NAMESPACE::assets`, a table of {name, bytes}; the declaration is
# in "net/asset.hpp".
set(PUMPHOUSE_EMBED ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)
function(pumphouse_assets target namespace dir)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${dir} ${dir}/*)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_assets.cpp)
  list(TRANSFORM files PREPEND ${dir}/ OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DNAMESPACE=${namespace} -DOUT=${out} -P
            ${PUMPHOUSE_EMBED}
    DEPENDS ${paths} ${PUMPHOUSE_EMBED}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

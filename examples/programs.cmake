# Numbered programs, one idea each: examples/NN-NAME/main.cpp -> NAME.
file(GLOB programs CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_LIST_DIR} ${CMAKE_CURRENT_LIST_DIR}/[0-9]*)
foreach(program IN LISTS programs)
  string(REGEX REPLACE "^[0-9]+-" "" name ${program})
  add_executable(example_${name} ${CMAKE_CURRENT_LIST_DIR}/${program}/main.cpp)
  target_link_libraries(example_${name} PRIVATE rostrum::rostrum)
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name})
endforeach()

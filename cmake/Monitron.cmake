# monitron_library / monitron_program / monitron_test: a room's CMakeLists names its sources and
# its third-party packages; which other rooms it may use comes from libs/layers.txt.

file(STRINGS ${PROJECT_SOURCE_DIR}/libs/layers.txt MONITRON_LAYER_LINES REGEX "^[a-z]+ *:")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/libs/layers.txt)
foreach(line IN LISTS MONITRON_LAYER_LINES)
  string(REGEX MATCH "^([a-z]+) *:(.*)$" _ "${line}")
  set(room ${CMAKE_MATCH_1})
  string(REGEX MATCHALL "[a-z]+" doors "${CMAKE_MATCH_2}")
  set(MONITRON_DOORS_${room} ${doors})
endforeach()

# monitron_library(<room> SOURCES ... [PACKAGES ...]) makes monitron_<room>.
function(monitron_library room)
  cmake_parse_arguments(ARG "" "" "SOURCES;PACKAGES" ${ARGN})
  add_library(monitron_${room} STATIC ${ARG_SOURCES})
  target_include_directories(monitron_${room} PUBLIC ${PROJECT_SOURCE_DIR}/libs
                                                     ${PROJECT_SOURCE_DIR}/services)
  foreach(door IN LISTS MONITRON_DOORS_${room})
    if(TARGET monitron_${door})  # a room of headers alone is no target
      target_link_libraries(monitron_${room} PUBLIC monitron_${door})
    endif()
  endforeach()
  target_link_libraries(monitron_${room} PUBLIC ${ARG_PACKAGES} PRIVATE monitron_warnings)
endfunction()

# monitron_program(<room> SOURCES ... [PACKAGES ...] [NAME binary]): library monitron_<room> (the
# core, so that tests can link it) and the program built from main.cpp.
function(monitron_program room)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;PACKAGES" ${ARGN})
  monitron_library(${room} SOURCES ${ARG_SOURCES} PACKAGES ${ARG_PACKAGES})
  if(NOT ARG_NAME)
    set(ARG_NAME monitron-${room})
  endif()
  foreach(door IN LISTS MONITRON_DOORS_${room})
    if(NOT TARGET monitron_${door})
      message(STATUS "${ARG_NAME} is not built: the room ${door} is not there yet")
      return()
    endif()
  endforeach()
  add_executable(${ARG_NAME} main.cpp)
  target_link_libraries(${ARG_NAME} PRIVATE monitron_${room} monitron_warnings)
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${ARG_NAME} RUNTIME DESTINATION bin COMPONENT ${ARG_NAME})
endfunction()

# monitron_test(<name> LABEL unit|integration|system SOURCES ... ROOMS ... [TIMEOUT s]): one
# program, one ctest entry. Integration and system tests share one PostgreSQL and one RabbitMQ
# that the fixture "servers" starts; a test that kills servers starts its own.
function(monitron_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;ROOMS;PACKAGES" ${ARGN})
  if(NOT MONITRON_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  foreach(room IN LISTS ARG_ROOMS)
    target_link_libraries(${name} PRIVATE monitron_${room})
  endforeach()
  target_link_libraries(${name} PRIVATE ${ARG_PACKAGES} GTest::gtest GTest::gtest_main
                                        monitron_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE MONITRON_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             MONITRON_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(NOT ARG_LABEL STREQUAL "unit")
    set_tests_properties(${name} PROPERTIES
      FIXTURES_REQUIRED servers
      ENVIRONMENT "MONITRON_TEST_SERVERS=${PROJECT_BINARY_DIR}/test-servers/addresses.env")
  endif()
endfunction()

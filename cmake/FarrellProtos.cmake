# Generated protobuf and gRPC code: one library per package, at -O1 (optimising it buys nothing and costs minutes).
# farrell_proto_<package> for our own packages; farrell_proto_google_rpc for google.rpc.Status and its details.

set(FARRELL_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${FARRELL_GENERATED_DIR})

# google/rpc/*.proto come from Debian's libgoogle-common-protos-java: nothing of others is kept in the tree.
set(FARRELL_GOOGLE_PROTO_DIR ${PROJECT_BINARY_DIR}/google-protos)
if(NOT EXISTS ${FARRELL_GOOGLE_PROTO_DIR}/google/rpc/error_details.proto)
  file(GLOB google_protos_jar /usr/share/java/proto-google-common-protos-*.jar)
  if(NOT google_protos_jar)
    message(FATAL_ERROR "google/rpc protos not found: run ./dev setup (package libgoogle-common-protos-java)")
  endif()
  list(GET google_protos_jar 0 google_protos_jar)
  file(MAKE_DIRECTORY ${FARRELL_GOOGLE_PROTO_DIR})
  execute_process(COMMAND ${CMAKE_COMMAND} -E tar xf ${google_protos_jar} google/rpc
    WORKING_DIRECTORY ${FARRELL_GOOGLE_PROTO_DIR} COMMAND_ERROR_IS_FATAL ANY)
endif()

# farrell_proto_library(NAME ROOT dir PROTOS a.proto... DEPS ... [GRPC])
function(farrell_proto_library name)
  cmake_parse_arguments(ARG "GRPC" "ROOT" "PROTOS;DEPS" ${ARGN})
  set(sources)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${FARRELL_GENERATED_DIR}/${stem}.pb.cc ${FARRELL_GENERATED_DIR}/${stem}.pb.h)
    set(grpc_arguments)
    if(ARG_GRPC)
      list(APPEND outputs ${FARRELL_GENERATED_DIR}/${stem}.grpc.pb.cc ${FARRELL_GENERATED_DIR}/${stem}.grpc.pb.h)
      set(grpc_arguments --grpc_out=${FARRELL_GENERATED_DIR}
        --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${outputs}
      COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/protos -I ${FARRELL_GOOGLE_PROTO_DIR} -I ${ARG_ROOT}
        --cpp_out=${FARRELL_GENERATED_DIR} ${grpc_arguments} ${ARG_ROOT}/${proto}
      DEPENDS ${ARG_ROOT}/${proto} VERBATIM)
    list(APPEND sources ${outputs})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE -O1 -w)
  target_include_directories(${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${FARRELL_GENERATED_DIR}>)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf gRPC::grpc++ ${ARG_DEPS})
endfunction()

farrell_proto_library(farrell_proto_google_rpc ROOT ${FARRELL_GOOGLE_PROTO_DIR}
  PROTOS google/rpc/status.proto google/rpc/error_details.proto google/rpc/code.proto)
farrell_proto_library(farrell_proto_common ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS farrell/common/v1/types.proto farrell/common/v1/errors.proto)
farrell_proto_library(farrell_proto_server GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS farrell/common/v1/server.proto)
farrell_proto_library(farrell_proto_cache GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS farrell/common/v1/cache.proto)
farrell_proto_library(farrell_proto_data GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS farrell/data/v1/arrivals.proto farrell/data/v1/sheets.proto farrell/data/v1/data.proto DEPS farrell_proto_common)
set(dea_protos model evaluation productivity network inference replications task dea)
list(TRANSFORM dea_protos REPLACE "(.+)" "farrell/dea/v1/\\1.proto")
farrell_proto_library(farrell_proto_dea GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS ${dea_protos} DEPS farrell_proto_common)
set(regression_protos model fit compare curve forecast second_stage specification regression)
list(TRANSFORM regression_protos REPLACE "(.+)" "farrell/regression/v1/\\1.proto")
farrell_proto_library(farrell_proto_regression GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS ${regression_protos} DEPS farrell_proto_common farrell_proto_dea)
# A study names the same models and inferences as the services it calls.
set(reporting_protos study_report study study_source retention schedule reporting)
list(TRANSFORM reporting_protos REPLACE "(.+)" "farrell/reporting/v1/\\1.proto")
farrell_proto_library(farrell_proto_reporting GRPC ROOT ${PROJECT_SOURCE_DIR}/protos
  PROTOS ${reporting_protos} DEPS farrell_proto_common farrell_proto_dea farrell_proto_regression)
add_dependencies(farrell_proto_regression farrell_proto_common farrell_proto_dea)
# The health client; the server side is inside libgrpc++. From Debian's grpc-proto.
farrell_proto_library(farrell_proto_health GRPC ROOT /usr/share/grpc-proto PROTOS grpc/health/v1/health.proto)

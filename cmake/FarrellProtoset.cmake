# farrell.protoset: the descriptors of the whole contract in one file, with comments, for tests, gateways and clients that
# do not generate code. FARRELL_PROTOSET is its path.
set(FARRELL_PROTOSET ${PROJECT_BINARY_DIR}/farrell.protoset)
set(FARRELL_PROTO_FILES
  farrell/common/v1/cache.proto
  farrell/common/v1/errors.proto
  farrell/common/v1/server.proto
  farrell/common/v1/types.proto
  farrell/data/v1/arrivals.proto
  farrell/data/v1/data.proto
  farrell/data/v1/sheets.proto
  ${dea_protos}
  ${regression_protos}
  ${reporting_protos})
list(TRANSFORM FARRELL_PROTO_FILES PREPEND ${PROJECT_SOURCE_DIR}/protos/ OUTPUT_VARIABLE proto_paths)
add_custom_command(OUTPUT ${FARRELL_PROTOSET}
  COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/protos --include_imports --include_source_info
    --descriptor_set_out=${FARRELL_PROTOSET} ${FARRELL_PROTO_FILES}
  DEPENDS ${proto_paths} VERBATIM)
add_custom_target(farrell_protoset ALL DEPENDS ${FARRELL_PROTOSET})

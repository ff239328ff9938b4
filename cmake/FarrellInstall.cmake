# What an outside project gets from `cmake --install`:
#   find_package(Farrell) with the target Farrell::client: generated stubs, channels, errors
#   share/farrell/farrell.protoset and share/farrell/protos: the contract
#   lib/python3/dist-packages/farrell: the Python client
# The programs are installed where they are made (farrell_program).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(farrell_client INTERFACE)
target_link_libraries(farrell_client INTERFACE
  farrell_rpc farrell_proto_cache farrell_proto_data farrell_proto_dea farrell_proto_regression farrell_proto_reporting)
set_target_properties(farrell_client PROPERTIES EXPORT_NAME client)

install(TARGETS farrell_client farrell_status farrell_rpc farrell_proto_common farrell_proto_cache farrell_proto_server farrell_proto_data farrell_proto_dea
    farrell_proto_regression farrell_proto_reporting
  EXPORT FarrellTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/farrell COMPONENT client
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/farrell-client)
install(EXPORT FarrellTargets NAMESPACE Farrell:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Farrell
  COMPONENT client)

install(FILES common/status/status.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/farrell-client/common/status
  COMPONENT client)
install(FILES common/rpc/channel.h common/rpc/credentials.h common/rpc/error_mapping.h common/rpc/limits.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/farrell-client/common/rpc COMPONENT client)
install(DIRECTORY ${FARRELL_GENERATED_DIR}/farrell DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/farrell-client COMPONENT client
  FILES_MATCHING PATTERN "*.pb.h")

configure_package_config_file(cmake/FarrellConfig.cmake.in ${PROJECT_BINARY_DIR}/FarrellConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Farrell PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/FarrellConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/FarrellConfig.cmake ${PROJECT_BINARY_DIR}/FarrellConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Farrell COMPONENT client)

install(FILES ${FARRELL_PROTOSET} DESTINATION ${CMAKE_INSTALL_DATADIR}/farrell COMPONENT client)
install(DIRECTORY protos/farrell DESTINATION ${CMAKE_INSTALL_DATADIR}/farrell/protos COMPONENT client)

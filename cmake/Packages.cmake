# The agent as a Debian package: tools/deb. Other programs come as images, or by `make run`.
set(packaging ${PROJECT_SOURCE_DIR}/services/agent/packaging)
install(FILES ${packaging}/monitron-agent.service DESTINATION lib/systemd/system
        COMPONENT monitron-agent EXCLUDE_FROM_ALL)
install(FILES ${packaging}/agent.env DESTINATION share/monitron-agent
        COMPONENT monitron-agent EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
        DESTINATION share/doc/monitron-agent COMPONENT monitron-agent EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL monitron-agent)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR Monitron)
set(CPACK_PACKAGE_CONTACT "Monitron <root@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_MONITRON-AGENT_PACKAGE_NAME monitron-agent)
set(CPACK_DEBIAN_MONITRON-AGENT_PACKAGE_SECTION net)
set(CPACK_DEBIAN_MONITRON-AGENT_DESCRIPTION
    "measures this host for Monitron\nProcessors, memory, file systems, disks, network, processes and every TCP connection,\ntold to a Monitron server. Needs no privilege.")
set(CPACK_DEBIAN_MONITRON-AGENT_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_MONITRON-AGENT_PACKAGE_CONTROL_EXTRA
    ${packaging}/postinst ${packaging}/prerm ${packaging}/postrm)
set(CPACK_DEBIAN_MONITRON-AGENT_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)

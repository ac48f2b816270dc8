# What `cmake --install` puts where (DESTDIR moves all of it), and the Debian package that is made of the same: `cpack` in the build folder. The unit and the
# first configuration are for an engine in /usr.
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "" FORCE)
endif()
set(package ${CMAKE_SOURCE_DIR}/ops/package)
set(made ${CMAKE_BINARY_DIR}/generated/package)

install(TARGETS aorta RUNTIME DESTINATION bin)
install(FILES ${CMAKE_BINARY_DIR}/console/index.html ${CMAKE_BINARY_DIR}/console/main.js ${CMAKE_BINARY_DIR}/console/main.css
  DESTINATION share/aorta/console OPTIONAL)
install(DIRECTORY ops/monitoring DESTINATION share/aorta)
install(DIRECTORY conf/cases conf/demo DESTINATION share/doc/aorta/examples)
install(DIRECTORY docs DESTINATION share/doc/aorta)
install(FILES README.md ARCHITECTURE.md DESTINATION share/doc/aorta)
install(FILES ${package}/aorta.service DESTINATION lib/systemd/system)
install(FILES ${package}/aorta.sysusers DESTINATION lib/sysusers.d RENAME aorta.conf)

# The configuration that `aorta init` would make, for the store and the key of the system's engine.
set(AORTA_STORE_URL sqlite:///var/lib/aorta/aorta.db)
set(AORTA_PII_KEY_FILE /etc/aorta/pii.key)
configure_file(ops/first/aorta.toml ${made}/aorta.toml @ONLY)
install(FILES ${made}/aorta.toml DESTINATION /etc/aorta)
install(DIRECTORY conf/routes conf/labs DESTINATION /etc/aorta FILES_MATCHING PATTERN "*.toml")

# As Debian wants them: compressed, without a time of their own.
function(packed from to)
  execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${made}/${to} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()
string(TIMESTAMP AORTA_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH's
configure_file(${package}/changelog.in ${made}/changelog.Debian @ONLY)
packed(${made}/changelog.Debian changelog.Debian.gz)
packed(${CMAKE_SOURCE_DIR}/CHANGELOG.md changelog.gz)
packed(${package}/aorta.1 aorta.1.gz)
install(FILES ${made}/changelog.gz ${made}/changelog.Debian.gz ${package}/copyright DESTINATION share/doc/aorta)
install(FILES ${made}/aorta.1.gz DESTINATION share/man/man1)

file(GLOB_RECURSE settings_of RELATIVE ${CMAKE_SOURCE_DIR}/conf CONFIGURE_DEPENDS conf/routes/*.toml conf/labs/*.toml)
list(TRANSFORM settings_of PREPEND /etc/aorta/)
list(JOIN settings_of "\n" conffiles)
file(WRITE ${made}/conffiles "/etc/aorta/aorta.toml\n${conffiles}\n")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME aorta)
set(CPACK_PACKAGE_CONTACT "aorta maintainers <maintainers@aorta.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "interoperability engine for clinics and laboratories")
set(CPACK_PACKAGE_DESCRIPTION "It receives laboratory results, admissions, orders, appointments and
documents over HL7 v2 (MLLP), laboratories' files and FHIR, finds the patient,
files them, and answers only after the commit. It serves what the clinic's
tables hold as FHIR R4, over an API and in a web console.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package}/postinst ${package}/prerm ${package}/postrm ${made}/conffiles)
include(CPack)

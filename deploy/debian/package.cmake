# What is installed where, and the Debian package: cpack --config build/release/CPackConfig.cmake
include(GNUInstallDirs)
set(GS_PACKAGE_MAINTAINER "The Groundswell authors <groundswell@localhost>" CACHE STRING
  "Who made the package, with an address")

set(debian ${CMAKE_SOURCE_DIR}/deploy/debian)
set(made ${CMAKE_BINARY_DIR}/package)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/groundswell)
file(MAKE_DIRECTORY ${made})

# gs_compressed(TO command...): the file `made`/TO.gz of what the command prints.
function(gs_compressed TO)
  add_custom_command(OUTPUT ${made}/${TO}.gz VERBATIM DEPENDS ${GS_COMPRESSED_FROM}
    COMMAND ${CMAKE_COMMAND} -E env "TO=${made}/${TO}.gz" sh -ec "\"$@\" | gzip -9n >\"$TO\"" sh ${ARGN})
endfunction()
set(pages groundswell.1 groundswell.yaml.5)
set(GS_COMPRESSED_FROM groundswell)
foreach(page IN LISTS pages)
  gs_compressed(${page} $<TARGET_FILE:groundswell> manual ${page})
endforeach()
set(GS_COMPRESSED_FROM ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
gs_compressed(changelog cat ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
set(GS_COMPRESSED_FROM ${debian}/changelog)
# Who makes the package signs its changelog.
string(REPLACE "\n" "" maintainer "${GS_PACKAGE_MAINTAINER}")
gs_compressed(changelog.Debian sed "s/^ -- .*>/ -- ${maintainer}/" ${debian}/changelog)
add_custom_target(package_files ALL DEPENDS ${made}/groundswell.1.gz ${made}/groundswell.yaml.5.gz
  ${made}/changelog.gz ${made}/changelog.Debian.gz)

install(TARGETS groundswell)
install(FILES ${made}/groundswell.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/groundswell.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${made}/changelog.gz ${made}/changelog.Debian.gz ${debian}/copyright
  ${CMAKE_SOURCE_DIR}/NOTICE DESTINATION ${doc})
install(FILES ${CMAKE_SOURCE_DIR}/deploy/systemd/credentials.conf DESTINATION ${doc}/examples)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/schemas/ DESTINATION ${CMAKE_INSTALL_DATADIR}/groundswell/schemas)
set(texts ${CMAKE_SOURCE_DIR}/src/cli/texts)
install(FILES ${texts}/completion.bash RENAME groundswell
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${texts}/completion.zsh RENAME _groundswell
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${texts}/completion.fish RENAME groundswell.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/systemd/groundswell.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/systemd/sysusers.conf RENAME groundswell.conf
  DESTINATION lib/sysusers.d)
install(FILES ${debian}/groundswell.yaml DESTINATION /etc/groundswell)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME groundswell)
set(CPACK_PACKAGE_VENDOR Groundswell)
set(CPACK_PACKAGE_CONTACT "${GS_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "rolling engagement and sentiment from Kafka to Redis")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Groundswell shows how an audience answers to influencers' posts, while it
happens. It reads posts, comments, reactions and profiles from Kafka, scores
the sentiment of every comment, keeps rolling windows for every influencer,
post and influencer in a campaign, and writes them to Redis.
.
On amd64 it needs a processor of the level x86-64-v2.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
  GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "redis-server | valkey-server")
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
include(CPack)

# What `cmake --install` puts where, and how other projects find it again:
#   find_package(pinion)                    gives pinion::pinion, the shared library
#   find_package(pinion COMPONENTS static)  gives pinion::static too
#   find_package(pinion COMPONENTS config)  gives pinion::config, the reader of job files
#   pkg-config pinion
# Each library has an export file of its own, because only the static ones make
# their user look for hwloc, libnuma and libyaml. All that is installed may be moved.
# SPDX-License-Identifier: Apache-2.0
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(pinion_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pinion)
set(pinion_kinds shared static)
set(pinion_header_folders affinity queues engine kernels)
if(TARGET pinion-config)
	set_target_properties(pinion-config PROPERTIES EXPORT_NAME config)
	list(APPEND pinion_kinds config)
	list(APPEND pinion_header_folders engine/yaml)
endif()

foreach(kind IN LISTS pinion_kinds)
	install(TARGETS pinion-${kind} EXPORT pinion-${kind}
		ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
	install(EXPORT pinion-${kind} NAMESPACE pinion:: FILE pinion-${kind}.cmake
		DESTINATION ${pinion_package_dir})
endforeach()
foreach(folder IN LISTS pinion_header_folders)
	if(EXISTS ${PROJECT_SOURCE_DIR}/${folder}/include/pinion)
		install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/include/pinion
			DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
	endif()
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/pinionConfig.cmake.in
	${PROJECT_BINARY_DIR}/cmake/pinionConfig.cmake
	INSTALL_DESTINATION ${pinion_package_dir}
	NO_SET_AND_CHECK_MACRO)
# While the major version is 0, each minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/pinionConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/pinionConfig.cmake
		${PROJECT_BINARY_DIR}/cmake/pinionConfigVersion.cmake
	DESTINATION ${pinion_package_dir})

# The pkg-config file names its prefix relative to itself.
file(RELATIVE_PATH pinion_pc_to_prefix
	${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pinion_pc_to_prefix "${pinion_pc_to_prefix}")
foreach(part LIBDIR INCLUDEDIR)
	string(TOLOWER ${part} name)
	if(IS_ABSOLUTE "${CMAKE_INSTALL_${part}}")
		set(pinion_pc_${name} "${CMAKE_INSTALL_${part}}")
	else()
		set(pinion_pc_${name} "\${prefix}/${CMAKE_INSTALL_${part}}")
	endif()
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/pinion.pc.in ${PROJECT_BINARY_DIR}/cmake/pinion.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/pinion.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The static and the shared library from the one set of objects.
include(GNUInstallDirs)

foreach(kind static shared)
	string(TOUPPER ${kind} upper)
	add_library(pinion-${kind} ${upper} $<TARGET_OBJECTS:pinion-objects>)
	target_link_libraries(pinion-${kind} PUBLIC Threads::Threads)
	target_link_libraries(pinion-${kind} PRIVATE PkgConfig::HWLOC PkgConfig::NUMA m)
	target_include_directories(pinion-${kind} INTERFACE
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/affinity/include>
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/queues/include>
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/engine/include>
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/kernels/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	set_target_properties(pinion-${kind} PROPERTIES OUTPUT_NAME pinion LINKER_LANGUAGE C)
	if(PINION_SANITIZE)
		target_link_options(pinion-${kind} PUBLIC -fsanitize=${PINION_SANITIZE})
	endif()
endforeach()
set_target_properties(pinion-shared PROPERTIES
	VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} EXPORT_NAME pinion)
set_target_properties(pinion-static PROPERTIES EXPORT_NAME static)
add_library(pinion::pinion ALIAS pinion-shared)
add_library(pinion::static ALIAS pinion-static)

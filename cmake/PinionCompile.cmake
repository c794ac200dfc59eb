# How every Pinion target is compiled. No -march: panels choose their ISA at run time.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

function(pinion_compile target)
	target_compile_features(${target} PRIVATE c_std_11)
	set_target_properties(${target} PROPERTIES C_EXTENSIONS ON C_VISIBILITY_PRESET hidden)
	target_compile_options(${target} PRIVATE
		$<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wstrict-prototypes
			-Wmissing-prototypes -Wvla -Wwrite-strings -Wno-unused-parameter>
		$<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra>
		-ffp-contract=off -fno-omit-frame-pointer)
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE PINION_CHECKS=${PINION_CHECKS})
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}
		${PROJECT_SOURCE_DIR}/affinity/include ${PROJECT_SOURCE_DIR}/queues/include
		${PROJECT_SOURCE_DIR}/engine/include ${PROJECT_SOURCE_DIR}/kernels/include)
	if(PINION_WERROR)
		target_compile_options(${target} PRIVATE -Werror)
	endif()
	if(PINION_SANITIZE)
		target_compile_options(${target} PRIVATE -fsanitize=${PINION_SANITIZE} -fno-sanitize-recover=all)
		target_link_options(${target} PRIVATE -fsanitize=${PINION_SANITIZE})
	endif()
endfunction()

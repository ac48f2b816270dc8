# Writes the files of a folder, in the order of their names, as C++ raw strings: `{"name", R"_(...)_"},` lines for an initialiser list.
function(embed output folder)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  list(SORT files)
  set(text "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME)
    file(READ ${file} content)
    # A string literal holds at most 64 kB by the standard; gcc takes more, -Wpedantic does not complain below that.
    string(APPEND text "{\"${name}\", R\"_AORTA_(${content})_AORTA_\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "@text@" @ONLY)
endfunction()

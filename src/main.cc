#include "cli/main.h"

int main(int argc, char** argv) { return ccocker::cli::main(argc, argv); }

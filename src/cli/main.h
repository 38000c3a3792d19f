#pragma once

namespace ccocker::cli {

// Runs the command that argv names; gives the program's exit code. Prints every failure itself.
int main(int argc, char** argv);

}  // namespace ccocker::cli

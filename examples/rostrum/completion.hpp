// `rostrum completion SHELL`: made from the program's own verbs and options.
#pragma once

#include <string>

namespace CLI {
class App;
}

int completion(const CLI::App& app, const std::string& shell);

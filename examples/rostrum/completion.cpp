#include "completion.hpp"

#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

namespace {

std::string long_options(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) words += " --" + name;
  return words;
}

std::string verbs(const CLI::App& app) {
  std::string words;
  for (const CLI::App* verb : app.get_subcommands({})) words += (words.empty() ? "" : " ") + verb->get_name();
  return words;
}

void bash(const CLI::App& app) {
  std::printf("_rostrum() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n  case ${COMP_WORDS[1]} in\n");
  for (const CLI::App* verb : app.get_subcommands({})) {
    const std::string name = verb->get_name();
    if (name == "inspect")
      std::printf("    inspect) COMPREPLY=($(compgen -W \"%s $(rostrum inspect 2>/dev/null | awk '/^  [a-z]/ {print $1}')\" -- \"$word\")); return ;;\n",
                  long_options(*verb).c_str());
    else if (name == "completion")
      std::printf("    completion) COMPREPLY=($(compgen -W \"bash zsh fish\" -- \"$word\")); return ;;\n");
    else
      std::printf("    %s) COMPREPLY=($(compgen -f -W \"%s\" -- \"$word\")); return ;;\n", name.c_str(), long_options(*verb).c_str());
  }
  std::printf("  esac\n  COMPREPLY=($(compgen -W \"%s%s\" -- \"$word\"))\n}\ncomplete -o filenames -F _rostrum rostrum\n",
              verbs(app).c_str(), long_options(app).c_str());
}

void zsh(const CLI::App& app) {
  std::printf("#compdef rostrum\n_rostrum() {\n  local -a verbs\n  verbs=(\n");
  for (const CLI::App* verb : app.get_subcommands({}))
    std::printf("    '%s:%s'\n", verb->get_name().c_str(), verb->get_description().c_str());
  std::printf("  )\n  if (( CURRENT == 2 )); then _describe 'verb' verbs; return; fi\n  case ${words[2]} in\n");
  std::printf("    completion) _values 'shell' bash zsh fish ;;\n    *) _files ;;\n  esac\n}\n_rostrum \"$@\"\n");
}

void fish(const CLI::App& app) {
  for (const CLI::App* verb : app.get_subcommands({})) {
    const std::string name = verb->get_name();
    std::printf("complete -c rostrum -n __fish_use_subcommand -a %s -d '%s'\n", name.c_str(), verb->get_description().c_str());
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& flag : option->get_lnames())
        std::printf("complete -c rostrum -n '__fish_seen_subcommand_from %s' -l %s -d '%s'\n", name.c_str(), flag.c_str(),
                    option->get_description().c_str());
  }
  std::printf("complete -c rostrum -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
}

}  // namespace

int completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") bash(app);
  if (shell == "zsh") zsh(app);
  if (shell == "fish") fish(app);
  return 0;
}

#include "completion.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

/// What a verb takes, as CLI11 knows it.
struct Verb {
  std::string name, meaning;
  std::string argument;  // "FILE", "GRAPH", "KIND", "SHELL" or ""
  struct Flag {
    std::string name, meaning;
    std::string value;  // what it takes: "PATH", "ADDRESS" or ""
    [[nodiscard]] bool file() const { return value == "PATH"; }
  };
  std::vector<Flag> flags;

  [[nodiscard]] bool takes_file() const { return argument == "FILE" || argument == "GRAPH"; }
  /// Shell code for the words that are no files.
  [[nodiscard]] std::string words() const {
    if (argument == "KIND") return "$(rostrum inspect --names 2>/dev/null)";
    if (argument == "SHELL") return "bash zsh fish";
    return {};
  }
  [[nodiscard]] std::string flag_names() const {
    std::string out;
    for (const Flag& flag : flags) out += (out.empty() ? "--" : " --") + flag.name;
    return out;
  }
};

Verb read(const CLI::App& app) {
  Verb verb{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) verb.argument = option->get_single_name();
    for (const std::string& name : option->get_lnames())
      verb.flags.push_back(
          {name, option->get_description(), option->get_items_expected_max() > 0 ? option->get_type_name() : ""});
  }
  return verb;
}

std::vector<Verb> verbs_of(const CLI::App& app) {
  std::vector<Verb> out;
  for (const CLI::App* verb : app.get_subcommands({})) out.push_back(read(*verb));
  return out;
}

constexpr std::string_view bash_frame = R"(# rostrum in bash: source <(rostrum completion bash)
_rostrum() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags= words= files=
  if (( COMP_CWORD == 1 )); then
    flags='@flags' words='@verbs'
  else
    case ${COMP_WORDS[1]} in
@cases    esac
    case $previous in
      @paths) flags= words= files=yes ;;
      @values) return ;;
    esac
  fi
  if [[ $current == -* ]]; then words=$flags files=; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _rostrum rostrum
)";

std::string bash(const CLI::App& app) {
  std::string names, cases, paths = "--", values = "--";  // "--" alone: no flag
  for (const Verb& verb : verbs_of(app)) {
    names += (names.empty() ? "" : " ") + verb.name;
    cases += "      " + verb.name + ") flags='" + verb.flag_names() + "' words=\"" + verb.words() +
             "\" files=" + (verb.takes_file() ? "yes" : "") + " ;;\n";
    for (const Verb::Flag& flag : verb.flags)
      if (!flag.value.empty()) (flag.file() ? paths : values) += "|--" + flag.name;
  }
  std::string out(bash_frame);
  out = replaced(out, "@flags", read(app).flag_names());
  out = replaced(out, "@verbs", names);
  out = replaced(out, "@cases", cases);
  out = replaced(out, "@paths", paths);
  return replaced(out, "@values", values);
}

constexpr std::string_view zsh_frame = R"(#compdef rostrum
# rostrum in zsh: rostrum completion zsh >"${fpath[1]}/_rostrum"
_rostrum() {
  local state
  local -a verbs
  verbs=(
@verbs  )
  _arguments -C @flags '1: :->verb' '*:: :->words'
  case $state in
    verb) _describe verb verbs ;;
    words)
      case ${words[1]} in
@cases      esac ;;
  esac
}
# Autoloaded from a folder of $fpath this is the first call; sourced it is none.
if [[ ${funcstack[1]} == _rostrum ]]; then _rostrum "$@"; else compdef _rostrum rostrum; fi
)";

std::string zsh(const CLI::App& app) {
  // Inside '...' of the shell, and of _arguments' and _describe's own brackets and colons.
  const auto text = [](const std::string& meaning) {
    return replaced(replaced(replaced(replaced(meaning, "[", "("), "]", ")"), ":", "\\:"), "'", "'\\''");
  };
  const auto flags = [&](const Verb& verb) {
    std::string out;
    for (const Verb::Flag& flag : verb.flags)
      out += (out.empty() ? "'--" : " '--") + flag.name + "[" + text(flag.meaning) + "]" +
             (flag.file()          ? ":file:_files"
              : flag.value.empty() ? ""
                                   : ":value:") +
             "'";
    return out;
  };
  std::string names, cases;
  for (const Verb& verb : verbs_of(app)) {
    names += "    '" + verb.name + ":" + text(verb.meaning) + "'\n";
    std::string argument;
    if (verb.takes_file())
      argument = " '1:file:_files'";
    else if (!verb.words().empty())
      argument = " \"1:word:(" + verb.words() + ")\"";
    cases += "        " + verb.name + ") _arguments " + flags(verb) + argument + " ;;\n";
  }
  return replaced(replaced(replaced(std::string(zsh_frame), "@flags", flags(read(app))), "@verbs", names), "@cases", cases);
}

std::string fish(const CLI::App& app) {
  const auto text = [](const std::string& meaning) { return replaced(replaced(meaning, "\\", "\\\\"), "'", "\\'"); };
  const auto flags = [&](const Verb& verb, const std::string& when) {
    std::string out;
    for (const Verb::Flag& flag : verb.flags)
      out += "complete -c rostrum -n '" + when + "' -l " + flag.name +
             (flag.file()          ? " -rF"
              : flag.value.empty() ? ""
                                   : " -x") +
             " -d '" + text(flag.meaning) + "'\n";
    return out;
  };
  std::string out =
      "# rostrum in fish: rostrum completion fish >~/.config/fish/completions/rostrum.fish\ncomplete -c rostrum -f\n";
  out += flags(read(app), "__fish_use_subcommand");
  for (const Verb& verb : verbs_of(app)) {
    const std::string here = "__fish_seen_subcommand_from " + verb.name;
    out +=
        "complete -c rostrum -n __fish_use_subcommand -a " + verb.name + " -d '" + text(verb.meaning) + "'\n" + flags(verb, here);
    if (verb.takes_file())
      out += "complete -c rostrum -n '" + here + "' -F\n";
    else if (!verb.words().empty())
      out += "complete -c rostrum -n '" + here + "' -a \"" + replaced(verb.words(), "$(", "(") + "\"\n";
  }
  return out;
}

}  // namespace

int completion(const CLI::App& app, const std::string& shell) {
  const std::string script = shell == "bash" ? bash(app) : shell == "zsh" ? zsh(app) : fish(app);
  return std::fputs(script.c_str(), stdout) < 0 ? 1 : 0;
}

// The program `rostrum`: one verb a thing that people do with a graph or a service file.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "completion.hpp"
#include "look.hpp"
#include "run.hpp"
#include "serve.hpp"

namespace {

constexpr int bad_usage = 2;

void add_plugins(CLI::App* verb, std::vector<std::filesystem::path>& plugins) {
  verb->add_option("--plugin", plugins, "shared object with more kinds; may be repeated")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

/// What is wrong with the command line, and where help is.
int misused(const CLI::App& app, const CLI::ParseError& error) {
  const auto verbs = app.get_subcommands();  // those that were typed
  std::string what = error.what(), help = "rostrum --help";
  if (!verbs.empty()) {
    what = verbs[0]->get_name() + ": " + what;
    help = "rostrum " + verbs[0]->get_name() + " --help";
  } else {
    std::string known;
    for (const CLI::App* verb : app.get_subcommands({})) known += (known.empty() ? "" : ", ") + verb->get_name();
    const auto words = app.remaining();
    what = (words.empty() ? "a verb is missing" : "no verb " + words[0]) + "; there are " + known;
  }
  std::fprintf(stderr, "rostrum: %s (see `%s`)\n", what.c_str(), help.c_str());
  return bad_usage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"rostrum: live video with a live auction in front of it", "rostrum"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "rostrum " ROSTRUM_VERSION, "print the version and exit");
  int code = 0;

  ServeOptions serving;
  CLI::App* verb = app.add_subcommand("serve", "opens the doors of a service file until SIGTERM");
  verb->add_option("FILE", serving.file, "service file (YAML or JSON)")->required();
  add_plugins(verb, serving.plugins);
  verb->add_option("--bind", serving.bind, "address that takes the place of every door's; the ports stay")->type_name("ADDRESS");
  verb->add_option("--publish-key", serving.publish_key, "publishers from other machines must bring ?key=KEY")->type_name("KEY");
  verb->callback([&] { code = serve(serving); });

  RunOptions running;
  verb = app.add_subcommand("run", "runs one graph to the end of its sources");
  verb->add_option("GRAPH", running.file, "graph file (YAML or JSON)")->required();
  add_plugins(verb, running.plugins);
  verb->callback([&] { code = run(running); });

  LookOptions looking;
  verb = app.add_subcommand("check", "prints all that is wrong with a graph or service file");
  verb->add_option("FILE", looking.file, "graph or service file (YAML or JSON)")->required();
  add_plugins(verb, looking.plugins);
  verb->callback([&] { code = check(looking); });

  verb = app.add_subcommand("inspect", "shows all kinds, or one in full");
  verb->add_option("KIND", looking.kind, "a kind's name");
  verb->add_flag("--markdown", looking.markdown, "the whole reference as Markdown");
  verb->add_flag("--names", looking.names, "the names of the kinds alone, one a line");
  add_plugins(verb, looking.plugins);
  verb->callback([&] { code = inspect(looking); });

  verb = app.add_subcommand("schema", "prints the JSON Schema of graph and service files");
  add_plugins(verb, looking.plugins);
  verb->callback([&] { code = schema(looking); });

  verb = app.add_subcommand("dot", "prints a graph as Graphviz text");
  verb->add_option("FILE", looking.file, "graph or service file (YAML or JSON)")->required();
  verb->callback([&] { code = dot(looking); });

  std::string shell;
  verb = app.add_subcommand("completion", "prints a completion script");
  verb->add_option("SHELL", shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([&] { code = completion(app, shell); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return misused(app, e);
  }
  return code;
}

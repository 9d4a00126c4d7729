// The program `rostrum`: one verb a thing that people do with a graph or a service file.
#include <CLI/CLI.hpp>

#include "completion.hpp"
#include "look.hpp"
#include "run.hpp"
#include "serve.hpp"

namespace {

constexpr int bad_usage = 2;

void add_plugins(CLI::App* verb, std::vector<std::filesystem::path>& plugins) {
  verb->add_option("--plugin", plugins, "shared object with more kinds; may be repeated")->type_name("PATH");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"rostrum: live video with a live auction in front of it"};
  app.require_subcommand(1);
  app.set_version_flag("--version", ROSTRUM_VERSION);
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
    return app.exit(e) == 0 ? 0 : bad_usage;
  }
  return code;
}

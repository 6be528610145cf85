using System.CommandLine;
using System.Net;
using AgentTeams.Serving;
using Microsoft.Extensions.AI;

namespace AgentTeams.Cli;

/// <summary>Serves what a run trained, so that any client of chat completions can ask it.</summary>
internal static class ServeCommand
{
    private const string KeyVariable = "AGENTTEAMS_API_KEY";

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "The run's folder." };
        var port = new Option<int>("--port") { Description = "The port; 0 for any that is free.", DefaultValueFactory = _ => 8080 };
        var address = new Option<string>("--address") { Description = "The address; others than this machine's own need a key.", DefaultValueFactory = _ => "127.0.0.1" };
        address.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !IPAddress.TryParse(result.Tokens[0].Value, out _)) result.AddError($"--address is '{result.Tokens[0].Value}'; give an address such as 0.0.0.0.");
        });
        var weights = new Option<bool>("--weights-only") { Description = "Serve the models of the newest checkpoint, without the program and its roles." };
        var serve = new Command("serve", $"Serves a run's team, its roles and its models as chat completions. Clients need the key in {KeyVariable}, where it is set.") { folder, port, address, weights };
        serve.SetAction(async (parsed, cancellationToken) =>
        {
            var served = parsed.GetValue(weights)
                ? await OfWeightsAsync(parsed.GetValue(folder)!, cancellationToken).ConfigureAwait(false)
                : await OfProgramAsync(context, parsed.GetValue(folder)!, cancellationToken).ConfigureAwait(false);
            await using (served.ConfigureAwait(false))
            {
                // A key on the command line would stand in the list of processes.
                var options = new TeamServerOptions { Port = parsed.GetValue(port), Address = IPAddress.Parse(parsed.GetValue(address)!), ApiKey = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null, LoggerFactory = new ErrorLog(context.Output.Error) };
                foreach (var (name, client) in served.Clients) options.Models[name] = client;
                var server = await TeamServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
                await using (server.ConfigureAwait(false))
                {
                    await context.Output.Out.WriteLineAsync($"{server.Endpoint} serves {string.Join(", ", served.Clients.Keys)}").ConfigureAwait(false);
                    await server.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            return TeamCommandLine.Done;
        });
        return serve;
    }

    private static async Task<Served> OfProgramAsync(CommandContext context, string folder, CancellationToken cancellationToken)
    {
        var (recalled, options) = context.Recall(folder);
        var session = await recalled.StartAsync(options, cancellationToken).ConfigureAwait(false);
        var served = new Served([session]);
        try
        {
            await RunWeights.RestoreAsync(folder, session.Plan.Models, cancellationToken).ConfigureAwait(false);
            if (session.Ask is { } ask) served.Add("team", recalled.Program!.Name, ServedModel.From(ask));
            foreach (var role in session.Plan.Models.Team.Roles) served.Add("role", role.Name, ServedModel.From(role, session.Plan.Models.GetChatClient(role)));
            foreach (var model in session.Plan.Models.Models.OfType<LocalLanguageModel>()) served.Add(model);
            return served;
        }
        catch
        {
            await served.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Served> OfWeightsAsync(string folder, CancellationToken cancellationToken)
    {
        var run = RunFolder.Read(folder);
        var checkpoint = new TrainingCheckpoints(run.Checkpoints).FindNewest() ?? throw new AgentTeamsException($"The run in '{folder}' has no whole checkpoint yet. Wait for the first one, or train further.");
        var models = new List<LocalLanguageModel>();
        var served = new Served(models);
        try
        {
            foreach (var directory in Directory.EnumerateDirectories(Path.Combine(checkpoint, "models")).Order(StringComparer.Ordinal))
            {
                models.Add(await CpuLanguageModel.LoadCheckpointAsync(directory, cancellationToken: cancellationToken).ConfigureAwait(false));
                served.Add(models[^1]);
            }

            return served;
        }
        catch
        {
            await served.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What is served, and what ends with the server.</summary>
    private sealed class Served(IEnumerable<object> owned) : IAsyncDisposable
    {
        public SortedDictionary<string, IChatClient> Clients { get; } = new(StringComparer.Ordinal);

        /// <summary>Serves a client by its name, behind its kind where another has that name already.</summary>
        public void Add(string kind, string name, IChatClient client)
        {
            if (!Clients.TryAdd(name, client)) Clients[$"{kind}/{name}"] = client;
        }

        /// <summary>Serves each policy of a model.</summary>
        public void Add(LocalLanguageModel model)
        {
            foreach (var policy in model.Policies) Add("model", policy.ToString(), model.GetChatClient(policy));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var item in owned)
            {
                if (item is IAsyncDisposable later) await later.DisposeAsync().ConfigureAwait(false);
                else (item as IDisposable)?.Dispose();
            }
        }
    }
}

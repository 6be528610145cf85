using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentTeams.Mcp;

/// <summary>The latest runs of a server, as resources. Whoever knows a run's id can read it; lists hold the runs of the connection that asks. Safe for concurrent use.</summary>
internal sealed class ServedRuns(int most)
{
    private const string Prefix = "agentteams://runs/";
    private const string TrajectorySuffix = "/trajectory";
    private readonly Lock _gate = new();
    private readonly LinkedList<ServedRun> _runs = [];

    public static string UriOf(string runId) => Prefix + runId;

    public void Keep(ServedRun run)
    {
        lock (_gate)
        {
            for (var node = _runs.First; node is not null; node = node.Next)
            {
                if (node.Value.Id != run.Id) continue;
                _runs.Remove(node);
                break;
            }

            _runs.AddLast(run);
            while (_runs.Count > most) _runs.RemoveFirst();
        }
    }

    public void AddTo(McpServerHandlers handlers)
    {
        handlers.ListResourcesHandler = (request, _) => new(new ListResourcesResult { Resources = [.. Of(request.Server).SelectMany(Resources)] });
        handlers.ListResourceTemplatesHandler = (_, _) => new(new ListResourceTemplatesResult
        {
            ResourceTemplates =
            [
                new() { Name = "run", UriTemplate = Prefix + "{runId}", MimeType = "application/json", Description = "What became of a run: status, nodes, output." },
                new() { Name = "trajectory", UriTemplate = Prefix + "{runId}" + TrajectorySuffix, MimeType = "application/json", Description = "All that a run's roles and tools were asked and said." },
            ],
        });
        handlers.ReadResourceHandler = (request, _) => new(Read(request.Params?.Uri ?? ""));
    }

    private static IEnumerable<Resource> Resources(ServedRun run) =>
    [
        new() { Uri = UriOf(run.Id), Name = $"{run.Tool} {run.Status}", MimeType = "application/json" },
        new() { Uri = UriOf(run.Id) + TrajectorySuffix, Name = $"trajectory of {run.Tool}", MimeType = "application/json" },
    ];

    // In stateless mode each request has a server of its own, so nobody is told the runs of others.
    private List<ServedRun> Of(McpServer server)
    {
        lock (_gate) return [.. _runs.Where(r => Equals(r.Session, SessionOf(server)))];
    }

    public static object SessionOf(McpServer server) => server.SessionId ?? (object)server.ServerOptions;

    private ReadResourceResult Read(string uri)
    {
        var isTrajectory = uri.EndsWith(TrajectorySuffix, StringComparison.Ordinal);
        var id = uri.StartsWith(Prefix, StringComparison.Ordinal) ? uri[Prefix.Length..(isTrajectory ? ^TrajectorySuffix.Length : ^0)] : "";
        ServedRun? run;
        lock (_gate) run = _runs.FirstOrDefault(r => r.Id == id);
        if (run is null) throw new McpProtocolException("There is no such run, or it gave way to newer ones.", McpErrorCode.ResourceNotFound);
        return new() { Contents = [new TextResourceContents { Uri = uri, MimeType = "application/json", Text = isTrajectory ? System.Text.Encoding.UTF8.GetString(TrajectoryJson.Serialize(run.Trajectory)) : run.ToJson().ToJsonString() }] };
    }
}

/// <summary>What a call of a tool came to.</summary>
internal sealed record ServedRun(string Id, string Tool, string Status, object Session, Trajectory Trajectory)
{
    /// <summary>The result, of a run that reached its end.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Which requests a run waits for.</summary>
    public IReadOnlyList<HumanRequest> Requests { get; init; } = [];

    public JsonObject ToJson() => new()
    {
        ["runId"] = Id, ["tool"] = Tool, ["status"] = Status,
        ["nodes"] = new JsonArray([.. Trajectory.Nodes.Select(n => (JsonNode)new JsonObject { ["id"] = n.Id, ["kind"] = n.Kind.ToString(), ["role"] = n.Role, ["error"] = n.Error?.Type })]),
        ["output"] = Output is { } output ? JsonSerializer.SerializeToNode(output) : null,
        ["requests"] = new JsonArray([.. Requests.Select(r => (JsonNode)new JsonObject { ["id"] = r.Id, ["node"] = r.Node })]),
    };
}

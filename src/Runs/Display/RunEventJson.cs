using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Runs;

/// <summary>Events as JSON, for programs.</summary>
public static class RunEventJson
{
    private static readonly JsonSerializerOptions Options = new(TrajectoryJson.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>One object on one line: the event's kind as <c>event</c>, such as <c>stage_stepped</c>, then what it says, in snake_case.</summary>
    /// <param name="e">The event.</param>
    public static string Of(RunEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        // What a resumed run goes on from is the run's own affair.
        var told = e is StageStepped step ? step with { Note = null } : e;
        var json = JsonSerializer.SerializeToNode(told, told.GetType(), Options)!.AsObject();
        var line = new JsonObject { ["event"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(e.GetType().Name) };
        foreach (var (name, value) in json.ToList())
        {
            json.Remove(name);
            line[name] = value;
        }

        return line.ToJsonString(Options);
    }
}

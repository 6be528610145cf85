using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Runs;

/// <summary>For programs: one JSON object for each event, its kind first.</summary>
internal sealed class JsonDisplay(TextWriter writer) : IRunDisplay
{
    private static readonly JsonSerializerOptions Options = new(TrajectoryJson.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public void Show(RunEvent e)
    {
        // What a resumed run goes on from is the run's own affair.
        var told = e is StageStepped step ? step with { Note = null } : e;
        var json = JsonSerializer.SerializeToNode(told, told.GetType(), Options)!.AsObject();
        var line = new JsonObject { ["event"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(e.GetType().Name) };
        foreach (var (name, value) in json.ToList())
        {
            json.Remove(name);
            line[name] = value;
        }

        writer.WriteLine(line.ToJsonString(Options));
    }

    public ValueTask DisposeAsync() => default;
}

using System.Text.Json;

namespace AgentTeams.Samples.PlanCodeTest;

/// <summary>A task in HumanEval's format: a function's head with its documentation, and tests that define <c>check(candidate)</c>.</summary>
internal sealed record CodeTask(string TaskId, string Prompt, string EntryPoint, string Test)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The tasks of a file of JSON lines; three of the sample's own where none is named.</summary>
    public static IReadOnlyList<CodeTask> Load(string? file)
    {
        using var reader = file is null ? new StreamReader(typeof(CodeTask).Assembly.GetManifestResourceStream("tasks.jsonl")!) : new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((line, i) => Read(line, i, file))];
    }

    private static CodeTask Read(string line, int index, string? file)
    {
        try
        {
            if (JsonSerializer.Deserialize<CodeTask>(line, Json) is { Prompt: not null, EntryPoint: not null, Test: not null } task) return task;
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"Line {index + 1} of '{file}' is no JSON object: {e.Message} Write one task a line.", e);
        }

        throw new AgentTeamsException($"Line {index + 1} of '{file}' lacks 'prompt', 'entry_point' or 'test'.");
    }
}

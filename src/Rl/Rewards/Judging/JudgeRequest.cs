using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Rl;

/// <summary>One question to a judge: the same question has the same key, and so one answer.</summary>
internal sealed class JudgeRequest
{
    private static readonly string[] Required = ["reason", "grade"];

    private readonly string _user;
    private readonly JudgeOptions _options;
    private readonly byte[] _hash;

    public JudgeRequest(RubricCriterion criterion, string work, string judge, JudgeOptions options)
    {
        _options = options;
        // Work that contained the mark could pretend to end, so the mark depends on the work.
        var mark = $"--- {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(work)))[..12]} ---";
        _user = $"""
            Criterion "{criterion.Name}": {criterion.Description}

            {mark}
            {work}
            {mark}

            Grade from 0 (the criterion is not met at all) to {options.Scale} (it is met completely). Answer with a JSON object: the reason, then the grade.
            """;
        _hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<object?[]>([judge, options.Instructions, _user, options.Scale, options.Temperature]));
    }

    public string Key => Convert.ToHexStringLower(_hash);

    public IReadOnlyList<ChatMessage> Messages => [new(ChatRole.System, _options.Instructions), new(ChatRole.User, _user)];

    /// <summary>The options of an attempt; each has a seed of its own, or a repeatable judge would repeat its mistake.</summary>
    public ChatOptions OptionsOf(int attempt) => new()
    {
        Temperature = _options.Temperature,
        Seed = (BitConverter.ToInt64(_hash) & int.MaxValue) + attempt,
        ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonSerializer.SerializeToElement(new
        {
            type = "object",
            properties = new { reason = new { type = "string" }, grade = new { type = "integer", minimum = 0, maximum = _options.Scale } },
            required = Required,
            additionalProperties = false,
        }), "grade"),
    };

    /// <summary>The verdict in an answer, or null where there is none.</summary>
    public JudgeVerdict? Read(string answer)
    {
        // Judges that know no schema put their JSON between words or fences.
        var (from, to) = (answer.IndexOf('{', StringComparison.Ordinal), answer.LastIndexOf('}'));
        if (from < 0 || to < from) return null;
        try
        {
            using var json = JsonDocument.Parse(answer.AsMemory(from, to - from + 1));
            return json.RootElement.TryGetProperty("grade", out var given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var grade)
                && grade >= 0 && grade <= _options.Scale
                ? new(grade, json.RootElement.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString()! : "")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

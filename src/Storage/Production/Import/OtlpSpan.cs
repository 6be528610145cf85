using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Storage;

/// <summary>A span, as far as it is read; values are plain JSON.</summary>
internal sealed record OtlpSpan(string TraceId, string SpanId, string? ParentId, string Name, DateTimeOffset Start, DateTimeOffset End)
{
    private const int ErrorCode = 2;

    public required IReadOnlyDictionary<string, JsonElement> Attributes { get; init; }

    public required IReadOnlyList<(string Name, IReadOnlyDictionary<string, JsonElement> Attributes)> Events { get; init; }

    public bool IsError { get; init; }

    public string? StatusMessage { get; init; }

    /// <summary>An attribute as text; null where it is absent.</summary>
    public string? Text(string name) => !Attributes.TryGetValue(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    /// <summary>The first of several attributes that is a whole number.</summary>
    public long? Number(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (long.TryParse(Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)) return number;
        }

        return null;
    }

    /// <summary>An attribute that is structured, or JSON as text.</summary>
    public JsonElement? Json(string name) => !Attributes.TryGetValue(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? TraceJson.TryParse(value.GetString()!) : value;

    /// <exception cref="AgentTeamsException">It is no span.</exception>
    public static OtlpSpan Read(JsonElement span)
    {
        if (span.TextOf("traceId") is not { Length: > 0 } trace || span.TextOf("spanId") is not { Length: > 0 } id)
            throw new AgentTeamsException("A span has no \"traceId\" or no \"spanId\".");
        var status = span.TryGetProperty("status", out var given) ? given : default;
        var parent = span.TextOf("parentSpanId") is { Length: > 0 } outer ? outer : null;
        return new(trace, id, parent, span.TextOf("name") ?? "", Time(span, "startTimeUnixNano"), Time(span, "endTimeUnixNano"))
        {
            Attributes = Read(span.ItemsOf("attributes")),
            Events = [.. span.ItemsOf("events").Select(e => (e.TextOf("name") ?? "", Read(e.ItemsOf("attributes"))))],
            IsError = status.AnyTextOf("code") is { } code && (code == "STATUS_CODE_ERROR" || code == ErrorCode.ToString(CultureInfo.InvariantCulture)),
            StatusMessage = status.TextOf("message"),
        };
    }

    private static Dictionary<string, JsonElement> Read(IEnumerable<JsonElement> attributes)
    {
        var read = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var attribute in attributes)
        {
            if (attribute.TextOf("key") is { } key && attribute.TryGetProperty("value", out var value))
                read[key] = JsonSerializer.SerializeToElement(Plain(value));
        }

        return read;
    }

    /// <summary>A value of OTLP, which names its type, as JSON; 64-bit numbers are texts there.</summary>
    private static JsonNode? Plain(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "intValue":
                    return long.Parse(member.Value.ToString(), CultureInfo.InvariantCulture);
                case "arrayValue":
                    return new JsonArray([.. member.Value.ItemsOf("values").Select(Plain)]);
                case "kvlistValue":
                    var members = new JsonObject();
                    foreach (var item in member.Value.ItemsOf("values"))
                        members[item.TextOf("key") ?? ""] = item.TryGetProperty("value", out var inner) ? Plain(inner) : null;
                    return members;
                default:
                    return JsonSerializer.SerializeToNode(member.Value);
            }
        }

        return null;
    }

    private static DateTimeOffset Time(JsonElement span, string member) =>
        DateTimeOffset.UnixEpoch.AddTicks(long.TryParse(span.AnyTextOf(member), NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? nanoseconds / TimeSpan.NanosecondsPerTick : 0);
}

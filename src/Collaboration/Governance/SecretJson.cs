using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentTeams.Collaboration;

/// <summary>Secrets in values, by way of their JSON.</summary>
internal static class SecretJson
{
    // What is put into a text again is read by people and models: placeholders stay as they are.
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static T Protect<T>(SecretVault vault, T value, out bool isChanged)
    {
        try
        {
            var node = JsonSerializer.SerializeToNode(value, TrajectoryJson.Options);
            var redaction = new JsonRedaction([new VaultRedactor(vault)]);
            var safe = redaction.Value(node);
            isChanged = redaction.IsChanged;
            return isChanged ? safe.Deserialize<T>(TrajectoryJson.Options)! : value;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new AgentTeamsException($"The secrets of a {typeof(T).Name} cannot be replaced: it cannot be written as JSON and read again with texts in their place. Let members that hold secrets be strings.");
        }
    }

    /// <summary>The JSON with each text in it changed; null where nothing changed.</summary>
    public static JsonElement? Change(JsonElement value, Func<string, string> change)
    {
        var isChanged = false;
        var written = Change(JsonNode.Parse(value.GetRawText()), text =>
        {
            var other = change(text);
            isChanged |= other != text;
            return other;
        });
        return isChanged ? JsonSerializer.SerializeToElement(written) : null;
    }

    /// <summary>The same for JSON that is a text; equal where there was nothing to replace.</summary>
    public static string ProtectText(SecretVault vault, string json)
    {
        var redaction = new JsonRedaction([new VaultRedactor(vault)]);
        var safe = redaction.Value(JsonNode.Parse(json));
        return redaction.IsChanged ? safe?.ToJsonString(s_plain) ?? "null" : json;
    }

    /// <summary>Every text of a value, a line each, as it reads without JSON's escapes.</summary>
    public static string TextOf(object value) => string.Join('\n', Texts(JsonSerializer.SerializeToNode(value, value.GetType(), TrajectoryJson.Options)));

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Texts(m.Value).DefaultIfEmpty("").Select((t, i) => i == 0 ? $"{m.Key}: {t}" : t)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>() is var text && DataTexts.Of(text) is { } inside ? inside : text],
        JsonValue value => [value.ToJsonString()],
        _ => [],
    };

    private static JsonNode? Change(JsonNode? node, Func<string, string> change) => node switch
    {
        JsonObject members => Members(members, change),
        JsonArray items => new JsonArray([.. items.Select(i => Change(i, change))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(Text(value.GetValue<string>(), change)),
        // A number may be one of a card or an account, which only a text can stand for.
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => change(value.ToJsonString()) is var safe && safe == value.ToJsonString() ? value.DeepClone() : JsonValue.Create(safe),
        _ => node?.DeepClone(),
    };

    private static string Text(string text, Func<string, string> change) => DataTexts.IsData(text) ? DataTexts.Changed(text, change) : change(text);

    private static JsonObject Members(JsonObject members, Func<string, string> change)
    {
        var written = new JsonObject();
        foreach (var (name, value) in members) written[SecretContents.Free(change(name), written.ContainsKey)] = Change(value, change);
        return written;
    }

    private sealed class VaultRedactor(SecretVault vault) : ITextRedactor
    {
        public string Redact(string text) => vault.Protect(text);

        public string RedactMember(string name, string value) => vault.ProtectMember(name, value);
    }
}

using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>Reads the body of a chat completion.</summary>
internal static class RequestReader
{
    private const int MostTopLogProbs = 20;

    /// <exception cref="RequestException">Something is missing, malformed or not supported.</exception>
    public static ChatRequest Read(JsonElement body, ServingOptions options)
    {
        var root = new JsonField("", body).AsObject();
        if (options.IgnoredFields.Count > 0) root = Without(root, options.IgnoredFields);
        RequestFields.Check(root);
        var stream = root["stream"]?.Flag() ?? false;
        return new()
        {
            Model = root.Required("model").Text(),
            Messages = MessageReader.Read(root.Required("messages")),
            Options = OptionsReader.Read(root),
            Stream = stream,
            IncludeUsage = IncludesUsage(root, stream),
            Choices = root["n"]?.Whole(1, options.MaxChoices) ?? 1,
            LogProbs = WantsLogProbs(root),
        };
    }

    private static bool IncludesUsage(JsonField root, bool stream)
    {
        if (root["stream_options"] is not { } given) return false;
        if (!stream) throw given.Wrong("it only together with 'stream': true");
        // Padding against eavesdroppers changes no reply, and there is none to be left out.
        return given.Only("include_usage", "include_obfuscation")["include_usage"]?.Flag() ?? false;
    }

    private static bool WantsLogProbs(JsonField root)
    {
        var wanted = root["logprobs"]?.Flag() ?? false;
        if (root["top_logprobs"] is not { } top) return wanted;
        if (!wanted) throw top.Wrong("it only together with 'logprobs': true");
        if (top.Whole(0, MostTopLogProbs) > 0)
            throw RequestException.Unsupported(top.Path,
                "models here tell the log-probabilities of the tokens that they sampled, not those of others. Give 0.");
        return true;
    }

    private static JsonField Without(JsonField root, IReadOnlyCollection<string> ignored) => new("", JsonSerializer.SerializeToElement(
        root.Value.EnumerateObject().Where(m => !ignored.Contains(m.Name)).ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal),
        AIJsonUtilities.DefaultOptions));
}

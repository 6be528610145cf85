using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Models;

/// <summary>What the replies of a model depend on besides its weights: shape, tokenizer, chat template, adapters' scales, limits and the numbers of the weights.</summary>
internal sealed class SamplingFingerprint
{
    private static readonly ChatMessage[] s_probe =
        [new(ChatRole.System, "Be brief."), new(ChatRole.User, "What is 2 + 2?"), new(ChatRole.Assistant, "4"), new(ChatRole.User, "And 3 + 3?")];
    private readonly Lazy<string> _model;

    public SamplingFingerprint(ModelConfig config, Tokenizer tokenizer, ChatTemplate template, int defaultMaxOutputTokens, string samplingFormat) => _model = new(() =>
        string.Join('\n', ModelConfigFile.ToJson(config with { ChatTemplate = template.Name }), TokenizerFile.ToJson(tokenizer), template.GetType(),
            Rendered(tokenizer, template), $"{defaultMaxOutputTokens}{samplingFormat}"));

    /// <summary>32 lower-case hexadecimal digits.</summary>
    /// <param name="sets">What the model consists of.</param>
    public string Of(IEnumerable<TrainedSet> sets) =>
        Digits(string.Join('\n', sets.Where(s => s.Adapter is not null).Select(s => $"{s.Name} {AdapterFiles.ToJson(s.Adapter!)}").Prepend(_model.Value)));

    /// <summary>32 lower-case hexadecimal digits of a text.</summary>
    public static string Digits(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    // A template's name says little of one that its owner wrote, so it shows what it writes; what it refuses here it refuses in a run.
    private static string Rendered(Tokenizer tokenizer, ChatTemplate template)
    {
        try
        {
            return string.Join(' ', template.Render(tokenizer, s_probe));
        }
        catch (AgentTeamsException e)
        {
            return e.Message;
        }
    }
}

using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>A policy of a local model.</summary>
internal sealed class LocalModel(LocalChatClient client) : IServedModel
{
    public Tokenizer? Tokenizer => client.Tokenizer;

    public bool IsSeeded => true;

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        const string Penalty = "a local model does not take it. Use 'repetition_penalty', or leave it out.";
        ServedModels.Refuse(options.FrequencyPenalty is not null, "frequency_penalty", Penalty);
        ServedModels.Refuse(options.PresencePenalty is not null, "presence_penalty", Penalty);
        ServedModels.Refuse(options.AllowMultipleToolCalls == false && options.Tools is not null && options.ToolMode is not RequiredChatToolMode,
            "parallel_tool_calls", "a local model may call several functions at once unless 'tool_choice' requires a call, which is then one. Require it, or "
                + "leave this out.");
        client.Check(messages, options);
    }
}

/// <summary>Any other chat client, which sees for itself what it makes of the options that all clients know.</summary>
internal sealed class OtherModel : IServedModel
{
    public Tokenizer? Tokenizer => null;

    public bool IsSeeded => false;

    public void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        const string LocalOnly = "only local models take it. Leave it out.";
        ServedModels.Refuse(options.AdditionalProperties?.ContainsKey(OptionsReader.MinP) == true, OptionsReader.MinP, LocalOnly);
        ServedModels.Refuse(options.AdditionalProperties?.ContainsKey(OptionsReader.RepetitionPenalty) == true, OptionsReader.RepetitionPenalty, LocalOnly);
    }
}

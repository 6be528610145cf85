using Microsoft.Extensions.AI;

namespace AgentTeams;

/// <summary>Turns messages into the exact ids that a model is prompted with.</summary>
public abstract class ChatTemplate
{
    /// <summary>The template's name, as stored in a model folder.</summary>
    public abstract string Name { get; }

    /// <summary>The ids of a conversation, ready for the model to answer.</summary>
    public abstract int[] Render(Tokenizer tokenizer, IEnumerable<ChatMessage> messages);

    /// <summary>A template of this library, by name.</summary>
    /// <exception cref="AgentTeamsException">There is none of that name.</exception>
    public static ChatTemplate Named(string? name) => name == MinimalChatTemplate.TemplateName
        ? new MinimalChatTemplate()
        : throw new AgentTeamsException($"There is no chat template named '{name}'. Pass a ChatTemplate when the model is loaded; built in is '{MinimalChatTemplate.TemplateName}'.");
}

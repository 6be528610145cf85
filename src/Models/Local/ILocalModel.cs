namespace AgentTeams.Models;

/// <summary>A model whose weights are in this process, whichever engine computes it.</summary>
public interface ILocalModel : ITrainableModel
{
    /// <summary>The policy of the model's own weights.</summary>
    PolicyId Base { get; }

    /// <summary>The shape.</summary>
    ModelConfig Config { get; }

    /// <summary>The tokenizer.</summary>
    Tokenizer Tokenizer { get; }

    /// <summary>The chat template.</summary>
    ChatTemplate Template { get; }

    /// <summary>What was generated so far, and how much of the prompts was shared.</summary>
    GenerationStatistics Statistics { get; }

    /// <summary>Adds an adapter that changes nothing yet.</summary>
    /// <exception cref="AgentTeamsException">The name is taken, or the options are malformed.</exception>
    PolicyId AddAdapter(string name, SeedKey seed, LoraOptions? options = null);

    /// <summary>Adds an adapter from a folder in PEFT layout.</summary>
    /// <exception cref="ModelFormatException">The folder is damaged, or belongs to a model of another shape.</exception>
    PolicyId LoadAdapter(string name, string directory);

    /// <summary>
    /// Gives a policy a critic's head, whose values are 0 until it is trained: <see cref="TokenScores.Values"/> then holds a value
    /// for each completion token, of the state that the token is predicted from, and losses may push it.
    /// </summary>
    /// <exception cref="AgentTeamsException">The policy has a value head already, or the model has no such policy.</exception>
    void AddValueHead(PolicyId policy);

    /// <summary>Writes one adapter in PEFT layout into a folder.</summary>
    /// <exception cref="AgentTeamsException">The model has no such adapter.</exception>
    void SaveAdapter(PolicyId policy, string directory);

    /// <summary>Writes the model as a Hugging Face folder, and each adapter in PEFT layout below <c>adapters/</c>.</summary>
    void SavePretrained(string directory);
}

/// <summary>Makes a local model with random weights, on the engine of one's choice.</summary>
/// <param name="id">The id by which policies name it.</param>
/// <param name="config">The shape.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="template">Its chat template.</param>
/// <param name="seed">Decides the weights.</param>
public delegate ILocalModel LocalModelFactory(string id, ModelConfig config, Tokenizer tokenizer, ChatTemplate template, SeedKey seed);

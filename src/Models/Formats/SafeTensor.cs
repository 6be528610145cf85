namespace AgentTeams.Models;

/// <summary>One named tensor of a safetensors file, widened to float32.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Values">Its values in row-major order.</param>
internal sealed record SafeTensor(string Name, IReadOnlyList<int> Shape, float[] Values);
